from zhengtong.kernel.registry import RoomConfig


class DirectoryConfig(RoomConfig):
    default = True
    name = "zhengtong.security.directory"
    label = "security_directory"
