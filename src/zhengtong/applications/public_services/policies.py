"""Who may publish and retire services, and what of it is witnessed."""

from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import SEPARATIONS, Policy, has_permission, register, system

_LABELS = {
    "public_services.version.publish": {"zh": "发布事项版本", "en": "Publish a version of a service"},
    "public_services.version.retire": {"zh": "停用事项", "en": "Retire a service"},
    "public_services.item.load": {"zh": "导入事项清单", "en": "Load a list of service items"},
}

for _action, _label in _LABELS.items():
    register(Policy(_action, _label, system | has_permission(_action), roles=("service_editor",)))

SEPARATIONS.excuse(
    "public_services.version.publish",
    {
        "zh": "事项包是经审核的文件夹，发布前由程序逐项检查；系统中没有“提交”这一先前行为，前后版本都留存可查",
        "en": "A package is a reviewed folder that a program checks before publishing; there is no earlier act in the "
        "system, and every version is kept",
    },
)
for _action, _label in {
    "public_services.version.published": {"zh": "发布了事项版本", "en": "Published a version of a service"},
    "public_services.version.retired": {"zh": "停用了事项", "en": "Retired a service"},
    "public_services.item.loaded": {"zh": "导入了事项清单", "en": "Loaded a list of service items"},
}.items():
    ACTIONS.register(_action, _label)
