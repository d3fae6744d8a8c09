from zhengtong.kernel import ids, wording
from zhengtong.kernel.registry import RoomConfig


class DesignConfig(RoomConfig):
    default = True
    name = "zhengtong.kernel.design"
    label = "kernel_design"

    def ready(self) -> None:
        """The kernel's plain modules, which know no Django, ask it from here on."""
        from django.conf import settings

        wording.speak_by(SpokenByDjango())
        ids.know_node(lambda: (settings.ZT_NODE_DIVISION, settings.ZT_NODE_ZONE))
        super().ready()


class SpokenByDjango:
    """Django translates, in the language of its request."""

    def gettext(self, text: str) -> str:
        from django.utils.translation import gettext

        return gettext(text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        from django.utils.translation import ngettext

        return ngettext(one, many, count)

    def language(self) -> str:
        from django.utils.translation import get_language

        return get_language() or ""
