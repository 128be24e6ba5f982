"""Our own road, timed part by part: import, generate, build, solve, check, write."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
import time
from typing import Any

from allocator.api import Decision
from allocator.domain.plan import Level
from allocator.domain.run import Limits
from allocator.engine import rotate
from allocator.generation import generate
from allocator.io.policies import load_policy
from benchmarks.judging import POLICY
from benchmarks.machine import peak_mib

MODULES = ("allocator.rotation.solve", "allocator.reporting", "allocator.io.results")


def run(schools: int, seed: int, gap: float, time_s: float | None) -> dict[str, Any]:
    """Plan a generated district to a gap or a time and write the plan."""
    imports = _import_seconds()
    for module in MODULES:
        importlib.import_module(module)
    imported = time.monotonic()
    policy = load_policy(POLICY)
    district = generate(schools, seed=seed)
    generated = time.monotonic()
    decision = rotate(district, policy, limits=Limits(gap=gap, time_s=time_s))
    planned = time.monotonic()
    plan_mib = peak_mib()
    with tempfile.TemporaryDirectory() as folder:
        Decision(**vars(decision)).write(folder)
    written = time.monotonic()
    parts = dict(decision.run.seconds)
    return {
        "schools": schools,
        "teachers": len(district.teachers),
        "status": str(decision.status),
        "seconds": {
            "import": imports,
            "generate": generated - imported,
            "build": parts["build"],
            "solve": sum(level.seconds for level in decision.levels),
            "check": parts["check"],
            "plan": planned - generated,
            "write": written - planned,
        },
        "plan_mib": plan_mib,
        "levels": [_level(level) for level in decision.levels],
        "moved": len(decision.moves),
        "values": {} if decision.check is None else dict(decision.check.levels),
        "broken": sorted({v.rule for v in decision.violations}),
    }


def _import_seconds() -> float:
    """How long the modules of a plan take to load in an interpreter that has loaded nothing yet."""
    task = f"import time; t = time.monotonic(); import {', '.join(MODULES)}; print(time.monotonic() - t)"
    told = subprocess.run([sys.executable, "-c", task], capture_output=True, text=True, check=True)
    return float(told.stdout)


def _level(level: Level) -> dict[str, Any]:
    return {
        "name": level.name,
        "value": level.value,
        "bound": level.bound,
        "gap": level.gap,
        "seconds": level.seconds,
    }
