"""What the records say about funding: a table, and the targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.funding import GAP, REACHES, SPLITS

Record = Mapping[str, Any]
Records = Mapping[str, Record]
Row = tuple[str, str, str, str, bool | None]
"""Fields of a verdict: what, must, aim, measured, reached."""
SIX_S, WHAT_IF_S, PROJECTS_S, FASTER = 5.0, 0.2, 30.0, 5.0
REACH_AIM_S = 60.0
SAME = 1e-5
"""Relative difference at which two spreads are equal: ours is in whole yuan, the peer bisects to 1e-6."""
METHODS = ("grants", "what-if", "projects", "reach", "split", "cvxpy")
HEAD = ("job", "seconds of processor", "of them the split", "gap", "spread", "deviation")


def funding_rows(records: Records) -> Iterator[Sequence[Any]]:
    """Every record of funding that ended by itself."""
    for name, record in records.items():
        if name.partition("/")[0] in METHODS and record["outcome"] == "done":
            seconds, values = record["seconds"], record["values"]
            gap = record.get("gap")
            yield (
                name,
                f"{seconds['plan']:.2f}",
                f"{seconds['solve']:.2f}" if "solve" in seconds else None,
                None if gap is None else f"{100 * gap:.4f}%",
                values.get("E.spread"),
                values.get("E.deviation"),
            )


def funding_verdicts(records: Records) -> Iterator[Row]:
    """Targets of funding."""
    yield _in_time(records, "grants/six", "six grants, 10,000 schools, with the checker", SIX_S)
    yield _in_time(records, "what-if/250", "what-if on one grant, 250 schools", WHAT_IF_S)
    for name in ("mixed", "equipment"):
        yield _projects(records, name)
    for schools in REACHES:
        yield _reach(records, schools)
    for schools in SPLITS:
        yield _beside(records, schools)


def _of(records: Records, name: str) -> Record | None:
    record = records.get(name)
    return record if record is not None and record["outcome"] == "done" else None


def _in_time(records: Records, name: str, what: str, most: float) -> Row:
    record = _of(records, name)
    if record is None:
        return what, f"{most:g} s", "", "not measured", None
    seconds = record["seconds"]["plan"]
    return what, f"{most:g} s", "", f"{seconds:.2f} s", record["passed"] and seconds <= most


def _projects(records: Records, name: str) -> Row:
    record = _of(records, f"projects/{name}")
    what, must = f"300 projects, 250 schools, {name}", f"gap {100 * GAP:g}% in {PROJECTS_S:g} s"
    if record is None:
        return what, must, "", "not measured", None
    gap, seconds = record["gap"], record["seconds"]["plan"]
    if gap is None:
        return what, must, "", f"no bound, {seconds:.2f} s", False
    reached = gap <= GAP and seconds <= PROJECTS_S and record["passed"]
    return what, must, "", f"gap {100 * gap:.4f}%, {seconds:.2f} s", reached


def _reach(records: Records, schools: int) -> Row:
    """An aim of our own, not a contract."""
    record = _of(records, f"reach/{schools}")
    what, aim = f"moves and money together, {schools} schools", f"gap {100 * GAP:g}% in {REACH_AIM_S:g} s"
    if record is None:
        return what, "", aim, "not measured", None
    gap, seconds = record["gap"], record["seconds"]["plan"]
    measured = f"{'no bound' if gap is None else f'gap {100 * gap:.4f}%'}, {seconds:.2f} s"
    return what, "", aim, measured, gap is not None and gap <= GAP and seconds <= REACH_AIM_S


def _beside(records: Records, schools: int) -> Row:
    ours, peer = _of(records, f"split/{schools}"), _of(records, f"cvxpy/{schools}")
    what, must = f"one split beside cvxpy, {schools:,} schools", f"no worse, {FASTER:g}x faster"
    if ours is None or peer is None:
        return what, must, "", "not measured", None
    mine, theirs = (record["values"]["E.spread"] for record in (ours, peer))
    ratio = peer["seconds"]["solve"] / ours["seconds"]["solve"]
    whole = peer["seconds"]["solve"] / ours["seconds"]["plan"]
    no_worse = mine <= theirs * (1 + SAME)
    measured = f"spread {mine:.7f} against {theirs:.7f}, {ratio:.1f}x faster ({whole:.1f}x with our checker)"
    return what, must, "", measured, no_worse and ratio >= FASTER
