"""What was measured on, and with what."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.peers import environment

PACKAGES = ("allocator", "highspy", "numpy", "ortools")
PEERS = ("cvxpy", "pulp", "timefold")


def facts() -> dict[str, Any]:
    """Machine, system and versions; no host name, no path."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {p: _version(p) for p in PACKAGES}
        | {p: environment.version(p) or "missing" for p in PEERS},
    }


def peak_mib(pid: int | str = "self") -> float:
    """Largest resident memory so far of one process, MiB; 0 where the system does not say.

    Not from `getrusage`, whose peak a child inherits from the process that started it.
    """
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _processor() -> str:
    source = Path("/proc/cpuinfo")
    if source.exists():
        for line in source.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError):
        return None
