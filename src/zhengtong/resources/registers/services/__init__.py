"""Door: definitions become registers; authorities write records; others read them for a purpose, and verify."""

from ..loading.faults import Unloadable
from ..loading.sources import FORMATS, open_source
from ..own import items_of, records_of
from .carrying import carry_over
from .deduplicating import fixed_in_merge, keep_apart, merge_records, own_fields, reveal_match, undo_merge
from .disputing import dispute_own, dispute_value, reject_dispute, reveal_dispute, uphold_dispute
from .granting import grant_reading, revoke_grant
from .loading import Loaded, Options, acting_for, load
from .matching import Sought, find_duplicates
from .publishing import DefinitionFaulty, Plan, check_definition, ensure_shipped, plan, publish, shipped, told
from .quality import answer_report, flag_again, run_quality, send_report
from .reading import Answer, Found, look_at, look_at_many, read_batch, read_record, reveal_record, seek_records
from .seeding import DEMO_RESTAURANT, seed_demo
from .statistics import make_statistics
from .verifying import Verdict, verify_record
from .writing import Record, amend_record, correct_record, enter_record

__all__ = [
    "DEMO_RESTAURANT", "FORMATS", "Answer", "DefinitionFaulty", "Found", "Loaded", "Options", "Plan", "Record",
    "Sought", "Unloadable", "Verdict", "acting_for", "amend_record", "answer_report", "carry_over",
    "check_definition", "correct_record", "dispute_own", "dispute_value", "ensure_shipped", "enter_record",
    "find_duplicates", "fixed_in_merge", "flag_again", "grant_reading", "items_of", "keep_apart", "load", "look_at",
    "look_at_many", "make_statistics", "merge_records", "open_source", "own_fields", "plan",
    "publish", "read_batch", "read_record", "records_of", "reject_dispute", "reveal_dispute", "reveal_match",
    "reveal_record", "revoke_grant", "run_quality", "seed_demo", "seek_records", "send_report", "shipped", "told",
    "undo_merge", "uphold_dispute", "verify_record",
]  # fmt: skip
