from zhengtong.kernel.registry import RoomConfig


class RenderingConfig(RoomConfig):
    default = True
    name = "zhengtong.support.rendering"
    label = "support_rendering"
