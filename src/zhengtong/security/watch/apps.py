from zhengtong.kernel.registry import RoomConfig


class WatchConfig(RoomConfig):
    default = True
    name = "zhengtong.security.watch"
    label = "security_watch"
