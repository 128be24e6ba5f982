"""`python -m benchmarks [--full] [--only NAME ...]`: measure, print tables, keep the records."""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.child import measure
from benchmarks.jobs import Job, selected
from benchmarks.tables import all_tables

RESULTS = Path(__file__).with_name("results")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the selected jobs one after another."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--full", action="store_true", help="all sizes and peers, hours; without it, some ten minutes"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="jobs with NAME in their name; may be repeated",
    )
    parser.add_argument("--list", action="store_true", help="name the jobs and stop")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the records")
    args = parser.parse_args(arguments)
    chosen = selected(args.only, full=args.full)
    if args.list:
        print("\n".join(job.name for job in chosen))
        return
    if not chosen:
        parser.error("no job has such a name; --full --list names them all")
    facts = machine.facts()
    records = run(chosen, facts, args.results)
    print(heading(facts))
    print(all_tables(records))


def run(chosen: Sequence[Job], facts: dict[str, Any], folder: Path) -> dict[str, dict[str, Any]]:
    """Run jobs in their order; each record is kept as a line of JSON as soon as it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.datetime.now(tz=datetime.UTC):%Y%m%dT%H%M%SZ}.jsonl"
    records: dict[str, dict[str, Any]] = {}
    with path.open("w", encoding="utf-8") as lines:
        print(json.dumps({"machine": facts}), file=lines, flush=True)
        for job in chosen:
            records[job.name] = record = _one(job, records)
            print(json.dumps(record), file=lines, flush=True)
            why = f": {record['why']}" if record.get("why") else ""
            print(
                f"{job.name}: {record['outcome']} in {record['wall_s']:.1f} s{why}", file=sys.stderr, flush=True
            )
    return records


def _one(job: Job, records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Run a job, or say why it cannot run here."""
    why = _missing(job)
    before = records.get(job.needs) if job.needs else None
    if not why and before is not None and before["outcome"] != "done":
        why = f"{job.needs} has no result"
    if why:
        return {
            "job": job.name,
            "outcome": "skipped",
            "why": why,
            "limit_s": job.limit_s,
            "wall_s": 0.0,
            "peak_mib": 0.0,
        }
    return measure(job, before)


def _missing(job: Job) -> str:
    """Ask a job's module what it lacks on this machine."""
    module = importlib.import_module(job.module)
    ask = getattr(module, "missing", None)
    if ask is None:
        return ""
    return str(ask(job.options["solver"]) if "solver" in job.options else ask())


def heading(facts: dict[str, Any]) -> str:
    """Machine and versions in a line."""
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    return (
        f"{facts['cores']} cores ({facts['processor']}), {facts['memory_gib']} GiB, {facts['system']}, "
        f"Python {facts['python']}; {versions}\n"
    )


if __name__ == "__main__":
    main()
