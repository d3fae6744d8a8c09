"""Code tables are public; officials see who uses them; only the node's operator brings a new edition."""

from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import Policy, official, register, system

register(
    Policy(
        "standards.table.read",
        {"zh": "查阅代码表和数据元及其使用情况", "en": "Look up code tables and data elements and who uses them"},
        official,
    )
)
register(
    Policy(
        "standards.edition.load",
        {"zh": "载入代码表新版本和数据元", "en": "Load an edition of a code table, or data elements"},
        system,
    )
)
ACTIONS.register("standards.edition.loaded", {"zh": "载入代码表版本", "en": "Edition of a code table loaded"})
ACTIONS.register("standards.element.loaded", {"zh": "载入数据元", "en": "Data element loaded"})
