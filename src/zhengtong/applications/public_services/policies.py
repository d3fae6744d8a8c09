"""Who may publish and retire services, and what of it is witnessed."""

from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import Policy, has_permission, register, system

_LABELS = {
    "public_services.version.publish": {"zh": "发布事项版本", "en": "Publish a version of a service"},
    "public_services.version.retire": {"zh": "停用事项", "en": "Retire a service"},
    "public_services.item.load": {"zh": "导入事项清单", "en": "Load a list of service items"},
}

for _action, _label in _LABELS.items():
    register(Policy(_action, _label, system | has_permission(_action), roles=("service_editor",)))

for _action, _label in {
    "public_services.version.published": {"zh": "发布了事项版本", "en": "Published a version of a service"},
    "public_services.version.retired": {"zh": "停用了事项", "en": "Retired a service"},
    "public_services.item.loaded": {"zh": "导入了事项清单", "en": "Loaded a list of service items"},
}.items():
    ACTIONS.register(_action, _label)
