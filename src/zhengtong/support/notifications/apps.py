from zhengtong.kernel.registry import RoomConfig


class NotificationsConfig(RoomConfig):
    default = True
    name = "zhengtong.support.notifications"
    label = "support_notifications"
