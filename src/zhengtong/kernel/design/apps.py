from zhengtong.kernel.registry import RoomConfig


class DesignConfig(RoomConfig):
    default = True
    name = "zhengtong.kernel.design"
    label = "kernel_design"
