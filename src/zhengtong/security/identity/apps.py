from zhengtong.kernel.registry import RoomConfig


class IdentityConfig(RoomConfig):
    default = True
    name = "zhengtong.security.identity"
    label = "security_identity"
