"""Door: definitions become registers; authorities write records; others read them for a purpose, and verify."""

from ..loading.faults import Unloadable
from ..loading.sources import FORMATS, open_source
from ..own import items_of, records_of
from .carrying import carry_over
from .deduplicating import fixed_in_merge, keep_apart, merge_records, own_fields, reveal_match, undo_merge
from .disputing import dispute_own, dispute_value, reject_dispute, reveal_dispute, uphold_dispute
from .following import MOST_CHANGES, Changed, Changes, read_changes
from .granting import grant_reading, revoke_grant
from .loading import Loaded, Options, acting_for, load
from .mapping import Collection, Features, get_collection, get_feature, list_collections, list_features
from .matching import Sought, find_duplicates
from .publishing import DefinitionFaulty, Plan, check_definition, ensure_shipped, plan, publish, shipped, told
from .quality import answer_report, flag_again, run_quality, send_report
from .reading import Answer, Found, look_at, look_at_many, read_batch, read_record, reveal_record, seek_records
from .seeding import DEMO_RESTAURANT, seed_demo
from .showing import map_page
from .snapshots import (
    MAKE,
    QUEUE,
    For,
    Taken,
    ask_snapshot,
    check_snapshot,
    clean_snapshots,
    find_snapshot,
    make_snapshot,
    open_part,
    take_snapshot,
)
from .statistics import make_statistics
from .subscribing import SubscriptionEnded, is_in_force, open_subscription, revoke_subscription
from .verifying import Verdict, verify_record
from .writing import Record, amend_record, correct_record, enter_record

__all__ = [
    "DEMO_RESTAURANT", "FORMATS", "MAKE", "MOST_CHANGES", "QUEUE", "Answer", "Changed", "Changes", "Collection",
    "DefinitionFaulty", "Features", "For", "Found", "Loaded", "Options", "Plan", "Record", "Sought",
    "SubscriptionEnded", "Taken", "Unloadable", "Verdict", "acting_for", "amend_record", "answer_report",
    "ask_snapshot", "carry_over", "check_definition", "check_snapshot", "clean_snapshots", "correct_record",
    "dispute_own", "dispute_value", "ensure_shipped", "enter_record", "find_duplicates", "find_snapshot",
    "fixed_in_merge", "flag_again", "get_collection", "get_feature", "grant_reading", "is_in_force", "items_of",
    "keep_apart", "list_collections", "list_features", "load", "look_at", "look_at_many", "make_snapshot",
    "make_statistics", "map_page", "merge_records", "open_part", "open_source", "open_subscription", "own_fields",
    "plan", "publish", "read_batch", "read_changes", "read_record", "records_of", "reject_dispute", "reveal_dispute",
    "reveal_match", "reveal_record", "revoke_grant", "revoke_subscription", "run_quality", "seed_demo",
    "seek_records", "send_report", "shipped", "take_snapshot", "told", "undo_merge", "uphold_dispute",
    "verify_record",
]  # fmt: skip
