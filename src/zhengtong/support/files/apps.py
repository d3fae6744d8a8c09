from zhengtong.kernel.registry import RoomConfig


class FilesConfig(RoomConfig):
    default = True
    name = "zhengtong.support.files"
    label = "support_files"
