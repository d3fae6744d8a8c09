"""Signatures of the node against the same algorithms in `openssl speed`, in turns, on one core.

`openssl speed` counts the process's own (user) time; so does this, so that neighbours on the machine do not decide.
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .measuring import machine, memory_mb

ROUNDS = 7
MESSAGE = b"\x5a" * 32  # openssl speed signs about as little
NAMES = {"sm2": "SM2", "ed25519": "Ed25519"}
LINE = re.compile(r"^.*\((?:CurveSM2|Ed25519)\)\s+[\d.]+s\s+[\d.]+s\s+([\d.]+)\s+([\d.]+)\s*$", re.MULTILINE)


def run(url: str, *, rows: int, seconds: float) -> dict[str, Any]:  # noqa: ARG001
    """Measure. `rows` does not matter here."""
    from django.conf import settings
    from django.core.management import call_command

    from zhengtong.kernel.clock import now
    from zhengtong.security.crypto import services as crypto

    call_command("migrate", "security_crypto", interactive=False, verbosity=0)
    settings.ZT_CRYPTO_SUITE = "national"
    crypto.ensure_node_key()
    crypto.ensure_ring(at=now())
    share = max(0.5, seconds / (ROUNDS * len(NAMES) * 4))
    found: dict[str, dict[str, list[float]]] = {name: {} for name in NAMES}
    for _ in range(ROUNDS):
        for name in NAMES:
            _keep(found[name], "bare", _openssl(name, share))
            _keep(found[name], "own", _own(name, share))
    errors = [] if all(_agree(name) for name in NAMES) else ["openssl does not verify what the node signs"]
    return _report(found, rows, errors, _encryption(share))


def _keep(kept: dict[str, list[float]], who: str, rates: tuple[float, float]) -> None:
    for what, rate in zip(("sign", "verify"), rates, strict=True):
        kept.setdefault(f"{who}_{what}", []).append(rate)


def _openssl(name: str, seconds: float) -> tuple[float, float]:
    """Signatures and verifications a second of one core, as `openssl speed` counts them."""
    command = ["openssl", "speed", "-seconds", str(max(1, round(seconds))), name]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    sign, verify = LINE.findall(text)[-1]
    return float(sign), float(verify)


def _own(name: str, seconds: float) -> tuple[float, float]:
    """The same by the verbs the rooms call: key ring, algorithm by key, and all."""
    from zhengtong.security.crypto import services as crypto

    purpose = "signing-sm2" if name == "sm2" else "signing"
    signature = crypto.sign_as(purpose, MESSAGE)
    signing = _per_second(lambda: crypto.sign_as(purpose, MESSAGE), seconds)
    return signing, _per_second(lambda: crypto.verify(MESSAGE, signature), seconds)


def _per_second(work: Callable[[], Any], seconds: float) -> float:
    """Calls in a second of this process's own time, as `openssl speed` counts it: without the kernel's."""
    work()
    count, begun = 0, _own_time()
    while (taken := _own_time() - begun) < seconds:
        for _ in range(50):
            work()
        count += 50
    return count / taken


def _own_time() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def _encryption(seconds: float) -> dict[str, float]:
    from zhengtong.security.crypto import services as crypto

    sealed = crypto.encrypt("511602199001010012")
    return {
        "encrypt_per_s": _per_second(lambda: crypto.encrypt("511602199001010012"), seconds / 2),
        "decrypt_per_s": _per_second(lambda: crypto.decrypt(sealed), seconds / 2),
        "blind_index_per_s": _per_second(lambda: crypto.blind_index("511602199001010012", "bench"), seconds / 2),
    }


def _agree(name: str) -> bool:
    """What was measured is the real thing: the openssl command verifies it."""
    from zhengtong.security.crypto import services as crypto

    signature = crypto.sign_as("signing-sm2" if name == "sm2" else "signing", MESSAGE)
    key = crypto.find_public_key(signature.key_id)
    assert key is not None
    options = ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"] if name == "sm2" else []
    with tempfile.TemporaryDirectory() as folder:
        files = {"key.pem": crypto.as_pem(key.raw).encode(), "data": MESSAGE, "sig": signature.value}
        for file, content in files.items():
            (Path(folder) / file).write_bytes(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", *options]
        done = subprocess.run(
            [*command, "-in", "data", "-sigfile", "sig"], cwd=folder, capture_output=True, check=False
        )
    return done.returncode == 0


def _report(
    found: dict[str, dict[str, list[float]]], rows: int, errors: list[str], encryption: dict[str, float]
) -> dict[str, Any]:
    medians = {name: {what: statistics.median(rates) for what, rates in kept.items()} for name, kept in found.items()}
    own = {f"{name}_{what}_per_s": medians[name][f"own_{what}"] for name in NAMES for what in ("sign", "verify")}
    bare = {f"openssl_{name}_{what}": medians[name][f"bare_{what}"] for name in NAMES for what in ("sign", "verify")}
    return {
        "bench": "signing",
        "rows": rows,
        "figures": {name: _figure(rate) for name, rate in (own | encryption).items()},
        "baselines": {name: _figure(rate) for name, rate in bare.items()},
        "ratios": {
            f"{name}_{what}_vs_openssl": _median_ratio(found[name][f"own_{what}"], found[name][f"bare_{what}"])
            for name in NAMES
            for what in ("sign", "verify")
        },
        "memory_mb": memory_mb([os.getpid()]),
        "errors": errors,
        "machine": machine(Path(tempfile.gettempdir())),
    }


def _median_ratio(own: list[float], bare: list[float]) -> float:
    """Of the rounds, each against the baseline measured beside it."""
    return round(statistics.median(one / other for one, other in zip(own, bare, strict=True)), 3)


def _figure(rate: float) -> dict[str, Any]:
    return {"value": round(rate, 1), "unit": "1/s", "p50_ms": round(1000 / rate, 4), "p99_ms": None, "errors": 0}
