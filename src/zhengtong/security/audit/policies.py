"""The log's own acts."""

from .providers import ACTIONS

PERSONAL_DATA_READ = "audit.personal_data.read"
ACTIONS.register(PERSONAL_DATA_READ, {"zh": "查看个人信息原文", "en": "Personal data read in full"})
WITNESS_ADDED = "audit.witness.added"
ACTIONS.register(WITNESS_ADDED, {"zh": "开始见证另一节点的日志", "en": "Another node's log is witnessed from now on"})
CONTRADICTED = "audit.witness.contradicted"
ACTIONS.register(
    CONTRADICTED, {"zh": "发现另一节点的日志前后矛盾", "en": "Another node's log was found to contradict itself"}
)
