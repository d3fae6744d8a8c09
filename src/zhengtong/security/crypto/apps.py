from zhengtong.kernel.registry import RoomConfig


class CryptoConfig(RoomConfig):
    default = True
    name = "zhengtong.security.crypto"
    label = "security_crypto"
