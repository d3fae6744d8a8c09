from zhengtong.kernel.registry import RoomConfig


class LimitsConfig(RoomConfig):
    default = True
    name = "zhengtong.kernel.limits"
    label = "kernel_limits"

    def ready(self) -> None:
        super().ready()
        from django.conf import settings

        from . import services

        services.in_force(settings.ZT_RATE_LIMITS)  # what cannot be read is said at the start
