from zhengtong.kernel.registry import RoomConfig


class PortalConfig(RoomConfig):
    default = True
    name = "zhengtong.access.portal"
    label = "access_portal"
