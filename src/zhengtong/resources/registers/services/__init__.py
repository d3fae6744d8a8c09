"""Door: definitions become registers; authorities write records; others read them for a purpose, and verify."""

from ..loading.faults import Unloadable
from ..loading.sources import FORMATS, open_source
from ..own import items_of, records_of
from .carrying import carry_over
from .disputing import dispute_own, dispute_value, reject_dispute, reveal_dispute, uphold_dispute
from .granting import grant_reading, revoke_grant
from .loading import Loaded, Options, acting_for, load
from .publishing import DefinitionFaulty, Plan, check_definition, ensure_shipped, plan, publish, shipped, told
from .reading import Answer, Found, look_at, read_batch, read_record, reveal_record, seek_records
from .seeding import DEMO_RESTAURANT, seed_demo
from .verifying import Verdict, verify_record
from .writing import Record, amend_record, correct_record, enter_record

__all__ = [
    "DEMO_RESTAURANT", "FORMATS", "Answer", "DefinitionFaulty", "Found", "Loaded", "Options", "Plan", "Record",
    "Unloadable", "Verdict", "acting_for", "amend_record", "carry_over", "check_definition", "correct_record",
    "dispute_own", "dispute_value", "ensure_shipped", "enter_record", "grant_reading", "items_of", "load", "look_at",
    "open_source", "plan", "publish", "read_batch", "read_record", "records_of", "reject_dispute", "reveal_dispute",
    "reveal_record", "revoke_grant", "seed_demo", "seek_records", "shipped", "told", "uphold_dispute",
    "verify_record",
]  # fmt: skip
