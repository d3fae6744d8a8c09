"""The press: sets one typst document, in a process of its own with limits. Imports nothing of ours.

A template may come from a service package: whatever it does, it sees one folder, no network, bounded memory and time,
and a fault ends this process and not the node. Reads one JSON from stdin, writes the PDF to stdout; a fault is one
JSON on stderr and exit code 3.
"""

import json
import os
import sys

_MEMORY = 1024**3  # bytes of address space; a paper takes about 0.3
_SECONDS = 20
_NOWHERE = "http://127.0.0.1:9"  # typst would fetch packages from the web


def _limit() -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        os.environ[name] = os.environ[name.lower()] = _NOWHERE
    os.environ["RAYON_NUM_THREADS"] = "1"
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):  # not every system has them; the timeout of the caller remains
        pass


def main() -> int:
    _limit()
    import typst

    job = json.load(sys.stdin)
    nothing = os.path.join(job["root"], ".no-packages")
    try:
        done = typst.compile(
            job["template"], root=job["root"], font_paths=job["fonts"], ignore_system_fonts=True, format=job["format"],
            ppi=job["ppi"], sys_inputs={"data": json.dumps(job["data"], ensure_ascii=False)}, package_path=nothing,
            package_cache_path=nothing, timestamp=job["timestamp"],
            pdf_standards="a-2b" if job["format"] == "pdf" else [],
        )  # fmt: skip
    except typst.TypstError as error:
        json.dump({"message": error.message, "diagnostic": error.diagnostic}, sys.stderr)
        return 3
    sys.stdout.buffer.write(done[0] if isinstance(done, list) else done)
    return 0


if __name__ == "__main__":
    sys.exit(main())
