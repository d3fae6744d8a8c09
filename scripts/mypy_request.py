"""For mypy: a request has an `actor` (security.identity's middleware puts it there), as it has a `user`."""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import MDEF, SymbolTableNode, Var
from mypy.plugin import ClassDefContext, Plugin
from mypy.types import AnyType, TypeOfAny

REQUEST = "django.http.request.HttpRequest"


class RequestHasActor(Plugin):
    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        return _add_actor if fullname == REQUEST else None


def _add_actor(context: ClassDefContext) -> None:
    info = context.cls.info
    actor = Var("actor", AnyType(TypeOfAny.explicit))
    actor.info = info
    actor._fullname = f"{REQUEST}.actor"
    info.names.setdefault("actor", SymbolTableNode(MDEF, actor))


def plugin(version: str) -> type[Plugin]:  # noqa: ARG001
    return RequestHasActor
