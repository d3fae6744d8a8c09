from zhengtong.kernel.registry import RoomConfig


class CredentialsConfig(RoomConfig):
    default = True
    name = "zhengtong.resources.credentials"
    label = "resources_credentials"
