from zhengtong.kernel.registry import RoomConfig


class IdempotencyConfig(RoomConfig):
    default = True
    name = "zhengtong.kernel.idempotency"
    label = "kernel_idempotency"
