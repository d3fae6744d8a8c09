"""Who may edit the portal. Reading it is open to everybody."""

from zhengtong.security.permissions.providers import PREFIXES, Policy, Prefix, has_permission, official, register

from .editor import EDIT

register(
    Policy(
        EDIT,
        {"zh": "编辑门户内容", "en": "Edit the portal's pages"},
        official & has_permission(EDIT),
        roles=("site_editor",),
    )
)
PREFIXES.register(
    "/cms/",
    Prefix({"zh": "门户内容编辑（Wagtail）", "en": "The portal's editor (Wagtail)"}, EDIT, "access.portal.editor"),
)
