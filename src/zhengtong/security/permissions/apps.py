from zhengtong.kernel.registry import RoomConfig


class PermissionsConfig(RoomConfig):
    default = True
    name = "zhengtong.security.permissions"
    label = "security_permissions"
