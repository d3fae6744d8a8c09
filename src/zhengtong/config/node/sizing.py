"""What a new data folder tells PostgreSQL of the machine: its own defaults are those of one with 128 MB to spare.

Written into postgresql.conf when the folder is made, and left to the operator from then on. Only the standard library.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MEGABYTE = 2**20


def settings_for(memory: int, free_disk: int) -> dict[str, str]:
    """Settings for a machine of so many bytes of memory and of free disk, most of which others use as well."""
    mega, disk = memory // MEGABYTE, free_disk // MEGABYTE
    return {
        "shared_buffers": f"{_within(mega // 8, 128, 2048)}MB",
        "effective_cache_size": f"{max(mega // 2, 256)}MB",
        "maintenance_work_mem": f"{_within(mega // 32, 64, 512)}MB",
        "work_mem": f"{_within(mega // 1024, 4, 16)}MB",
        # Between checkpoints every page is logged whole once: the longer, the less is written; recovery takes longer.
        "max_wal_size": f"{_within(disk // 20, 1024, 4096)}MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",  # as on flash
        "jit": "off",  # questions here are short: to compile them takes longer than to answer
    }


def write(data: Path) -> None:
    """Add the settings for this machine to the postgresql.conf of a data folder."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    found = settings_for(memory, shutil.disk_usage(data).free)
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\n# Zhengtong, for the machine this folder was made on. Yours to change.\n")
        file.writelines(f"{name} = {value}\n" for name, value in found.items())


def _within(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))
