from zhengtong.kernel.registry import RoomConfig


class NumberingConfig(RoomConfig):
    default = True
    name = "zhengtong.support.numbering"
    label = "support_numbering"
