from zhengtong.kernel.registry import RoomConfig


class GatewayConfig(RoomConfig):
    """For Django the room is its texts and its tests: the process itself runs without."""

    default = True
    name = "zhengtong.access.gateway"
    label = "access_gateway"
