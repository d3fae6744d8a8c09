from zhengtong.kernel.registry import RoomConfig


class FormsConfig(RoomConfig):
    default = True
    name = "zhengtong.support.forms"
    label = "support_forms"
