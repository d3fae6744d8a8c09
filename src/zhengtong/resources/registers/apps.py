from zhengtong.kernel.registry import RoomConfig


class RegistersConfig(RoomConfig):
    default = True
    name = "zhengtong.resources.registers"
    label = "resources_registers"
