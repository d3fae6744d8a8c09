from zhengtong.kernel.registry import RoomConfig


class PublicServicesConfig(RoomConfig):
    default = True
    name = "zhengtong.applications.public_services"
    label = "applications_public_services"
