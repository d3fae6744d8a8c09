from zhengtong.kernel.registry import RoomConfig


class WorkflowConfig(RoomConfig):
    default = True
    name = "zhengtong.support.workflow"
    label = "support_workflow"
