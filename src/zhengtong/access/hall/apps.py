from zhengtong.kernel.registry import RoomConfig


class HallConfig(RoomConfig):
    default = True
    name = "zhengtong.access.hall"
    label = "access_hall"
