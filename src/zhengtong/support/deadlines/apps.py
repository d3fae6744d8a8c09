from zhengtong.kernel.registry import RoomConfig


class DeadlinesConfig(RoomConfig):
    default = True
    name = "zhengtong.support.deadlines"
    label = "support_deadlines"
