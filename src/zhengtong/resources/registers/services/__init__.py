"""Door: definitions become registers; authorities write records; others read them for a purpose, and verify."""

from ..own import items_of, records_of
from .carrying import carry_over
from .disputing import dispute_own, dispute_value, reject_dispute, reveal_dispute, uphold_dispute
from .granting import grant_reading, revoke_grant
from .publishing import DefinitionFaulty, Plan, check_definition, ensure_shipped, plan, publish, shipped, told
from .reading import Answer, Found, look_at, read_batch, read_record, reveal_record, seek_records
from .seeding import DEMO_RESTAURANT, seed_demo
from .verifying import Verdict, verify_record
from .writing import Record, amend_record, correct_record, enter_record

__all__ = [
    "DEMO_RESTAURANT", "Answer", "DefinitionFaulty", "Found", "Plan", "Record", "Verdict", "amend_record",
    "carry_over", "check_definition", "correct_record", "dispute_own", "dispute_value", "ensure_shipped",
    "enter_record", "grant_reading", "items_of", "look_at", "plan", "publish", "read_batch", "read_record",
    "records_of", "reject_dispute", "reveal_dispute", "reveal_record", "revoke_grant", "seed_demo", "seek_records",
    "shipped", "told", "uphold_dispute", "verify_record",
]  # fmt: skip
