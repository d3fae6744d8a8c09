from zhengtong.kernel.registry import RoomConfig


class CasesConfig(RoomConfig):
    default = True
    name = "zhengtong.applications.cases"
    label = "applications_cases"
