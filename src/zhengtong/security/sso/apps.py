from zhengtong.kernel.registry import RoomConfig


class SsoConfig(RoomConfig):
    default = True
    name = "zhengtong.security.sso"
    label = "security_sso"
