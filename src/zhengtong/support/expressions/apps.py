from zhengtong.kernel.registry import RoomConfig


class ExpressionsConfig(RoomConfig):
    default = True
    name = "zhengtong.support.expressions"
    label = "support_expressions"
