from zhengtong.kernel.registry import RoomConfig


class StandardsConfig(RoomConfig):
    default = True
    name = "zhengtong.resources.standards"
    label = "resources_standards"
