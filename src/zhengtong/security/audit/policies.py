"""The log's own acts."""

from .providers import ACTIONS
from .rules.entries import PERSONAL_DATA_READ

ACTIONS.register(PERSONAL_DATA_READ, {"zh": "查看个人信息原文", "en": "Personal data read in full"})
WITNESS_ADDED = "audit.witness.added"
ACTIONS.register(WITNESS_ADDED, {"zh": "开始见证另一节点的日志", "en": "Another node's log is witnessed from now on"})
CONTRADICTED = "audit.witness.contradicted"
ACTIONS.register(
    CONTRADICTED, {"zh": "发现另一节点的日志前后矛盾", "en": "Another node's log was found to contradict itself"}
)

# Backups are config's, which is no room: their acts are declared by the log they protect.
ACTIONS.register("audit.backup.taken", {"zh": "备份", "en": "Backup taken"})
ACTIONS.register("audit.backup.restored", {"zh": "由备份恢复", "en": "Restored from a backup"})
ACTIONS.register("audit.backup.rehearsed", {"zh": "恢复演练", "en": "Restore rehearsed"})
