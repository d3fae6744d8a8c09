from zhengtong.kernel.registry import RoomConfig


class SigningConfig(RoomConfig):
    default = True
    name = "zhengtong.security.signing"
    label = "security_signing"
