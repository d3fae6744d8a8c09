"""The map of the portal and of the workbench: drawn by WebGL, said by the list, judged at both widths."""

from __future__ import annotations

from typing import Any

import pytest

DRAWN = "document.querySelector('#map')?.dataset.ready === '1'"


@pytest.mark.parametrize("path", ["map/", "map/provinces/"])
def test_maps_of_the_portal(visitor: Any, site: str, path: str) -> None:
    visitor().open(f"/{path}").look("portal-" + path.strip("/").replace("/", "-"))


@pytest.mark.parametrize(
    "path",
    [
        "map/", "map/provinces/", "registers/places/subscriptions/", "map/?layer=parcels",
        "map/?layer=parcels&purpose=licensing&matter=test",
    ],
)  # fmt: skip
def test_maps_of_the_workbench(visitor: Any, site: str, path: str) -> None:
    name = "bench-" + "".join(c if c.isalnum() else "-" for c in path)
    visitor("lead").open(f"/workbench/{path}").look(name)
