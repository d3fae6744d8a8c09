from zhengtong.kernel.registry import RoomConfig


class OpenapiConfig(RoomConfig):
    default = True
    name = "zhengtong.access.openapi"
    label = "access_openapi"
