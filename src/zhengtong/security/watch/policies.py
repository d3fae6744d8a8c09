"""What the watch writes into the log."""

from zhengtong.security.audit.providers import ACTIONS

ALARM = "watch.alarm.raised"
ACTIONS.register(ALARM, {"zh": "发出安全告警", "en": "Security alarm raised"})
MANIFEST = "watch.manifest.recorded"
ACTIONS.register(MANIFEST, {"zh": "记录了程序文件的指纹", "en": "Fingerprints of the programs recorded"})
