"""The log's own acts."""

from .providers import ACTIONS

PERSONAL_DATA_READ = "audit.personal_data.read"
ACTIONS.register(PERSONAL_DATA_READ, {"zh": "查看个人信息原文", "en": "Personal data read in full"})
