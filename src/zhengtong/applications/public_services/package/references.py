"""Names that a manifest uses must name something: authorities, codes, evidence, credentials, fields, files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from zhengtong.kernel import identifiers
from zhengtong.kernel.documents.said import say as _
from zhengtong.kernel.texts import localised
from zhengtong.resources.standards import queries as standards
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions.providers import Secrecy, highest_held

from .. import taxonomy
from ..models import PublicService
from .faults import Fault
from .reading import Package
from .walking import entries, form_properties, keys_of, mapping, words

Path = tuple[Any, ...]
ITEM_TYPES = "gbt39046_item_type"


def check(package: Package) -> Iterator[Fault]:
    yield from _authorities(package)
    yield from _codes(package)
    yield from _items(package)
    yield from _repeated_keys(package)
    yield from _evidence(package)
    yield from _credentials(package)
    yield from _files(package)
    yield from _secrecy(package)


def _named(package: Package, path: Path, code: str, message: Any, known: Any) -> Fault:
    listed = ", ".join(sorted(str(name) for name in known)) or "—"
    return package.document.fault(path, code, message, _("可以写：%(known)s。") % {"known": listed})


# -- authorities and codes --------------------------------------------------------------------------------------------
def _authorities(package: Package) -> Iterator[Fault]:
    manifest = package.manifest
    places: list[tuple[Path, Any]] = [(("lead_authority",), manifest.get("lead_authority"))]
    places += [((*path, "authority"), entry.get("authority")) for path, entry in entries(manifest, "reviews")]
    places += [((*path, "issuer"), entry.get("issuer")) for path, entry in entries(manifest, "credentials")]
    known = {organisation.key: organisation for organisation in directory.list_organisations()}
    for path, key in places:
        if isinstance(key, str) and key not in known:
            yield _named(package, path, "authority-unknown", _("没有标识为“%(key)s”的部门。") % {"key": key}, known)
    for path, issuer in _issuers(manifest):
        if issuer in known and not known[issuer].uscc:
            yield package.document.fault(
                path, "issuer-without-code", _("“%(key)s”没有统一社会信用代码，不能签发电子证照。") % {"key": issuer},
                _("请先在部门名录中补录代码，或改由其他部门签发。"),
            )  # fmt: skip


def _issuers(manifest: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for path, entry in entries(manifest, "credentials"):
        issuer = entry.get("issuer") or manifest.get("lead_authority")
        if isinstance(issuer, str):
            yield path, issuer


def _secrecy(package: Package) -> Iterator[Fault]:
    """A service whose cases this node may not hold is not published here."""
    level = package.manifest.get("secrecy")
    highest = highest_held(settings.ZT_NODE_ZONE)
    if level in {one.key for one in Secrecy if one > highest}:
        message = _("本节点最高只能存储“%(highest)s”级信息，不能受理“%(level)s”级的办件。") % {
            "highest": localised(highest.label), "level": localised(Secrecy.named(level).label),
        }  # fmt: skip
        yield package.document.fault(
            ("secrecy",), "secrecy-above-node", message, _("涉及国家秘密的事项请在政务内网的节点上发布。")
        )


def _codes(package: Package) -> Iterator[Fault]:
    manifest = package.manifest
    kind = manifest.get("service_type")
    if isinstance(kind, str) and standards.find_code(ITEM_TYPES, kind) is None:
        known = [code.code for code in standards.list_codes(ITEM_TYPES)]
        message = _("没有代码为“%(code)s”的事项类型（GB/T 39046 表 A.1）。") % {"code": kind}
        yield _named(package, ("service_type",), "service-type-unknown", message, known)
    events = {seed.key for seed in taxonomy.event_seeds()}
    for number, key in enumerate(words(manifest.get("events"))):
        if key not in events:
            message = _("没有标识为“%(key)s”的“一件事”。") % {"key": key}
            yield _named(package, ("events", number), "event-unknown", message, events)
    topics = {topic.key for topic in taxonomy.topics() if topic.audience in words(manifest.get("audience"))}
    for number, key in enumerate(words(manifest.get("topics"))):
        if key not in topics:
            message = _("该服务对象没有主题“%(key)s”。") % {"key": key}
            yield _named(package, ("topics", number), "topic-unknown", message, topics)


def _items(package: Package) -> Iterator[Fault]:
    """Codes of the local list are checked where a list has been loaded."""
    item = package.manifest.get("item")
    named: list[tuple[Path, str]] = [(("item",), item)] if isinstance(item, str) else []
    named += [(("covers", number), code) for number, code in enumerate(words(package.manifest.get("covers")))]
    codes = [code for _path, code in named]
    if not codes or not PublicService.objects.exclude(item_key=None).exists():
        return
    found = dict(PublicService.objects.filter(item_code__in=codes).values_list("item_code", "key"))
    for path, code in named:
        if code not in found:
            yield package.document.fault(
                path,
                "item-unknown",
                _("事项清单中没有编码“%(code)s”。") % {"code": code},
                _("请核对编码，或去掉这一项。"),
            )
    yield from _taken(package, item)


def _taken(package: Package, item: Any) -> Iterator[Fault]:
    """An item whose page another package runs."""
    owner = PublicService.objects.filter(item_code=item, current_version__isnull=False).exclude(key=package.key).first()
    if item and owner:
        yield package.document.fault(
            ("item",),
            "item-taken",
            _("该事项已由事项包“%(key)s”办理。") % {"key": owner.key},
            _("请改用 covers，或先停用该事项包。"),
        )


def _repeated_keys(package: Package) -> Iterator[Fault]:
    for part in ("reviews", "requirements", "credentials", "eligibility"):
        seen: set[str] = set()
        for path, entry in entries(package.manifest, part):
            key = entry.get("key")
            if not isinstance(key, str):
                continue
            if key in seen:
                yield package.document.fault(
                    (*path, "key"),
                    "key-repeated",
                    _("标识“%(key)s”重复。") % {"key": key},
                    _("每一项的 key 应各不相同。"),
                )
            seen.add(key)


# -- evidence, credentials --------------------------------------------------------------------------------------------
def _evidence(package: Package) -> Iterator[Fault]:
    manifest = package.manifest
    declared = mapping(manifest.get("evidence"))
    reviews = keys_of(manifest, "reviews")
    for path, entry in entries(manifest, "requirements"):
        named = words(entry.get("evidence"))
        for number, key in enumerate(named):
            if key not in declared:
                message = _("evidence 中没有声明“%(key)s”。") % {"key": key}
                yield _named(package, (*path, "evidence", number), "evidence-unknown", message, declared)
        for number, key in enumerate(words(entry.get("reviews"))):
            if key not in reviews:
                message = _("没有标识为“%(key)s”的审查。") % {"key": key}
                yield _named(package, (*path, "reviews", number), "review-unknown", message, reviews)
        held = any(mapping(declared.get(key)).get("credential") for key in named)
        if entry.get("reuse") == "credentials" and not held:
            yield package.document.fault(
                (*path, "reuse"), "reuse-without-credential", _("所列材料都不是电子证照，无从引用。"),
                _("请在 evidence 中给相应种类加上 credential: true，或去掉 reuse。"),
            )  # fmt: skip


def _credentials(package: Package) -> Iterator[Fault]:
    manifest, fields = package.manifest, form_properties(package)
    declared, reviews = keys_of(manifest, "credentials"), keys_of(manifest, "reviews")
    for number, key in enumerate(words(manifest.get("outputs"))):
        if key not in declared:
            message = _("credentials 中没有声明证照“%(key)s”。") % {"key": key}
            yield _named(package, ("outputs", number), "output-unknown", message, declared)
    if not words(manifest.get("outputs")) and not manifest.get("result"):
        yield package.document.fault(
            (), "result-missing", _("没有说明办理结果。"), _("请写 outputs（证照）或 result（不发证照时的结果）。")
        )
    for path, entry in entries(manifest, "credentials"):
        yield from _type_code(package, path, entry)
        if isinstance(entry.get("review"), str) and entry["review"] not in reviews:
            message = _("没有标识为“%(key)s”的审查。") % {"key": entry["review"]}
            yield _named(package, (*path, "review"), "review-unknown", message, reviews)
        for place, field in entries(entry, "fields"):
            name = str(field.get("from", "")).removeprefix("form.")
            if fields and name and name not in fields:
                message = _("表单中没有字段“%(name)s”。") % {"name": name}
                yield _named(package, (*path, *place, "from"), "field-unknown", message, fields)


def _type_code(package: Package, path: Path, entry: Mapping[str, Any]) -> Iterator[Fault]:
    code = entry.get("type_code")
    if not isinstance(code, str) or len(code) != 21:
        return
    fault = identifiers.check_uscc(code[:18])
    if fault:
        yield package.document.fault(
            (*path, "type_code"), "type-code-check-digit",
            _(identifiers.fault_text(identifiers.Kind.USCC, fault)),
            _("证照类型代码前 18 位是定义机构的统一社会信用代码，请核对。"),
        )  # fmt: skip


# -- files ------------------------------------------------------------------------------------------------------------
def _files(package: Package) -> Iterator[Fault]:
    places: list[tuple[Path, Any]] = [(("form",), package.manifest.get("form"))]
    for part, names in (("requirements", ("blank", "sample")), ("credentials", ("template",))):
        for path, entry in entries(package.manifest, part):
            places += [((*path, name), entry.get(name)) for name in names]
    for path, name in places:
        if isinstance(name, str) and name not in package.files:
            yield package.document.fault(
                path,
                "file-missing",
                _("事项包里没有文件“%(name)s”。") % {"name": name},
                _("请加入该文件，或改正文件名。"),
            )
