"""Door: definitions become registers; authorities write records; others read them for a purpose, and verify."""

from .carrying import carry_over
from .publishing import DefinitionFaulty, Plan, check_definition, ensure_shipped, plan, publish, shipped, told
from .seeding import DEMO_RESTAURANT, seed_demo
from .writing import Record, amend_record, correct_record, enter_record

__all__ = [
    "DEMO_RESTAURANT", "DefinitionFaulty", "Plan", "Record", "amend_record", "carry_over", "check_definition",
    "correct_record", "ensure_shipped", "enter_record", "plan", "publish", "seed_demo", "shipped", "told",
]  # fmt: skip
