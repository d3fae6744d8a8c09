"""The bill of materials of the product (CycloneDX 1.6), made from the lock files: what a node runs, with its hashes.

python scripts/sbom.py [FILE]      writes FILE, else build/sbom.cdx.json

The same locks give the same bytes: the serial number is made of them, and no moment is written.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from base64 import b64decode
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^\s;]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
NPM_ALGORITHMS = {"sha512": HashAlgorithm.SHA_512, "sha256": HashAlgorithm.SHA_256, "sha1": HashAlgorithm.SHA_1}


def main(arguments: list[str]) -> None:
    target = Path(arguments[0]) if arguments else ROOT / "build" / "sbom.cdx.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(document(), encoding="utf-8")
    print(target)


def document() -> str:
    """The document as JSON."""
    locks = (ROOT / "requirements.lock").read_text(), (ROOT / "package-lock.json").read_text()
    product = _product()
    bom = Bom(components=[*_python(locks[0]), *_browser(locks[1])])
    bom.serial_number = uuid5(NAMESPACE_URL, "".join(locks) + str(product.version))
    bom.metadata.component = product
    bom.register_dependency(product, list(bom.components))
    told = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    told["metadata"].pop("timestamp", None)
    return json.dumps(told, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _product() -> Component:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return Component(
        name=project["name"], version=project["version"], type=ComponentType.APPLICATION, bom_ref=project["name"],
        licenses=[LicenseExpression(project["license"])], description=project["description"],
    )  # fmt: skip


def _python(lock: str) -> Iterator[Component]:
    for block in re.split(r"\n(?=[a-z0-9])", lock):
        if pin := PIN.match(block):
            name, version = pin.groups()
            hashes = [HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in HASH.findall(block)]
            yield _component("pypi", name, version, hashes, _licence_of(name))


def _browser(lock: str) -> Iterator[Component]:
    """What is built into the pages; tools of the build are marked `dev` in the lock."""
    for path, told in json.loads(lock)["packages"].items():
        if path and not told.get("dev"):
            algorithm, _, digest = told["integrity"].partition("-")
            hashes = [HashType(alg=NPM_ALGORITHMS[algorithm], content=b64decode(digest).hex())]
            yield _component(
                "npm", path.rpartition("node_modules/")[2], told["version"], hashes, told.get("license", "")
            )


def _component(kind: str, name: str, version: str, hashes: list[HashType], licence: str) -> Component:
    space, _, short = name.rpartition("/")
    purl = PackageURL(kind, space or None, short, version)
    return Component(
        name=short, group=space or None, version=version, purl=purl, bom_ref=str(purl), hashes=hashes,
        licenses=[LicenseExpression(licence)] if licence else [],
    )  # fmt: skip


def _licence_of(name: str) -> str:
    """The SPDX expression a library states of itself; empty where it states none (or is not installed here)."""
    try:
        return metadata.metadata(name).get("License-Expression", "") or ""
    except metadata.PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main(sys.argv[1:])
