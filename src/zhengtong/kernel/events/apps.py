from zhengtong.kernel.registry import RoomConfig


class EventsConfig(RoomConfig):
    default = True
    name = "zhengtong.kernel.events"
    label = "kernel_events"
