"""Tables of the room besides those compiled from definitions."""

from .following import Snapshot, Subscription
from .matching import Match, MatchRun
from .quality import QualityFinding, QualityReport, QualityResult, QualityRun, ReportedRule, StatisticsEdition
from .records import Act, Dispute, Load, ReadGrant, RegisterVersion

__all__ = [
    "Act",
    "Dispute",
    "Load",
    "Match",
    "MatchRun",
    "QualityFinding",
    "QualityReport",
    "QualityResult",
    "QualityRun",
    "ReadGrant",
    "RegisterVersion",
    "ReportedRule",
    "Snapshot",
    "StatisticsEdition",
    "Subscription",
]
