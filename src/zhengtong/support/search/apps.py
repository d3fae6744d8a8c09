from zhengtong.kernel.registry import RoomConfig


class SearchConfig(RoomConfig):
    default = True
    name = "zhengtong.support.search"
    label = "support_search"
