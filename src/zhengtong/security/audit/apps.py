from zhengtong.kernel.registry import RoomConfig


class AuditConfig(RoomConfig):
    default = True
    name = "zhengtong.security.audit"
    label = "security_audit"
