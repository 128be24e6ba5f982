"""Run one job in a process of its own: its memory and time are its own, and it can be ended at its limit."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from benchmarks.jobs import Job
from benchmarks.machine import peak_mib

LOOK_S = 0.2
"""Seconds between looks at a running job's memory."""

MOST_GIB = 16.0
"""Memory at which a job is ended."""


def measure(job: Job, before: Mapping[str, Any] | None = None, most_gib: float = MOST_GIB) -> dict[str, Any]:
    """Run a job and return its record.

    Returns
    -------
    dict
        What `run` returned, and `outcome` (`done`, `limit`, `memory` or `failed`, with `why`), `wall_s` and
        `peak_mib` (of the process and all it started, added up).
    """
    options = dict(job.options) if before is None else {**job.options, "before": dict(before)}
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_work, args=(job.module, options, theirs), daemon=False)
    began = time.monotonic()
    process.start()
    theirs.close()
    record, peak = _watch(process, ours, began + job.limit_s, most_gib)
    wall = time.monotonic() - began
    # The last look may have missed the end.
    peak = max(peak, record.pop("own_mib", 0.0))
    return {"job": job.name, "limit_s": job.limit_s, **record, "wall_s": wall, "peak_mib": peak}


def _work(module: str, options: dict[str, Any], answer: Connection) -> None:
    """Body of the child: leads a process group, so that what it starts can be ended with it."""
    os.setsid()
    try:
        result = importlib.import_module(module).run(**options)
    except Exception as fault:  # whatever a peer throws is its result
        answer.send({"outcome": "failed", "why": f"{type(fault).__name__}: {fault}"})
    else:
        answer.send({"outcome": "done", "own_mib": peak_mib(), **result})


def _watch(
    process: BaseProcess, answer: Connection, deadline: float, most_gib: float
) -> tuple[dict[str, Any], float]:
    peak = 0.0
    record: dict[str, Any] | None = None
    while record is None:
        try:
            if answer.poll(LOOK_S):
                record = answer.recv()
                break
        except EOFError:  # it ended without a word
            process.join()
            record = {"outcome": "failed", "why": f"the process ended with code {process.exitcode}"}
            break
        peak = max(peak, _memory_mib(process.pid or 0))
        if time.monotonic() > deadline:
            record = {"outcome": "limit"}
        elif peak > 1024 * most_gib:
            record = {"outcome": "memory"}
    _end(process, patience_s=5.0 if record["outcome"] == "done" else 0.2)
    return record, peak


def _end(process: BaseProcess, patience_s: float) -> None:
    """Let a finished child go, and end one that is not, with all it started."""
    process.join(patience_s)
    with suppress(ProcessLookupError, PermissionError):
        if process.is_alive() and process.pid is not None:
            os.killpg(process.pid, signal.SIGKILL)
    process.join()


def _memory_mib(leader: int) -> float:
    """Largest memory so far of a process and of those it started, MiB; 0 where the system does not say."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        # pid (name) state parent ...; a name may hold blanks and brackets.
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    family = {leader}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(peak_mib(pid) for pid in family)
