from zhengtong.kernel.registry import RoomConfig


class DocumentsConfig(RoomConfig):
    default = True
    name = "zhengtong.kernel.documents"
    label = "kernel_documents"
