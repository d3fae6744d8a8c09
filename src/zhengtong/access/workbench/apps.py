from zhengtong.kernel.registry import RoomConfig


class WorkbenchConfig(RoomConfig):
    default = True
    name = "zhengtong.access.workbench"
    label = "access_workbench"
