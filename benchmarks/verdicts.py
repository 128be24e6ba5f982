"""What the records say about the targets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.alliance_cases import (
    GROUPS,
    HUB_SIZES,
    HUBS,
    HUBS_S,
    PAIR_SIZES,
    PAIRINGS,
    PAIRS,
    PAIRS_MUST,
    PAIRS_S,
    GroupCase,
)
from benchmarks.cases import CASES, FIVE_STAGE_S, GROWTH_AIM, GROWTH_MUST, TEXTBOOK_MUST, Case, Target
from benchmarks.funding_tables import funding_verdicts

Record = Mapping[str, Any]
Records = Mapping[str, Record]

SLACK = 1e-3
"""Relative difference at which two plans are equal at a level: the slack that a later level may use."""

PROVEN = 1e-6
"""Largest gap of a level that counts as proven: its bound is the value, but for rounding."""

NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Verdict:
    """One target: what must be, the aim, what was measured, and whether it was reached (None: unknown)."""

    what: str
    must: str
    aim: str
    measured: str
    reached: bool | None


def verdicts(records: Records) -> list[Verdict]:
    """All targets in their order."""
    return [
        *_cases(records),
        _growth(records),
        _textbook(records),
        *_timefold(records),
        _five_stage(records),
        *_pairs(records),
        _hubs(records),
        *(_groups(case, records) for case in GROUPS),
        *(Verdict(*row) for row in funding_verdicts(records)),
    ]


def done(records: Records, name: str) -> Record | None:
    """Record of a job that ended by itself."""
    record = records.get(name)
    return record if record is not None and record["outcome"] == "done" else None


def widest_gap(record: Record) -> float:
    """Largest gap of the levels; infinite without a bound or a plan."""
    gaps = [level["gap"] for level in record["levels"]]
    return math.inf if not gaps or None in gaps else max(gaps)


def name_of_gap(gap: float) -> str:
    """Gap in percent, as in the names of jobs."""
    return f"{100 * gap:g}%"


def seconds(record: Record) -> float:
    """Seconds from a district in memory to a checked plan."""
    return float(record["seconds"]["plan"])


def _cases(records: Records) -> Iterator[Verdict]:
    for case in CASES.values():
        if case.must is None or case.aim is None:
            continue
        name = name_of_gap(case.must.gap)
        record = records.get(f"ours/{case.name}@{name}")
        yield Verdict(
            f"{case.name}: {case.schools} schools",
            _target(case.must),
            _target(case.aim),
            _measured(record),
            None if record is None else _meets(record, case.must),
        )
        if case.must.gap != case.aim.gap:
            yield _aim(case, case.aim, records)


def _aim(case: Case, aim: Target, records: Records) -> Verdict:
    """Row of its own for an aim that asks for another gap than what must be."""
    record = records.get(f"ours/{case.name}@{name_of_gap(aim.gap)}")
    return Verdict(
        f"{case.name}, the aim",
        "",
        _target(aim),
        _measured(record),
        None if record is None else _meets(record, aim),
    )


def _target(target: Target) -> str:
    memory = "" if target.gib is None else f", {target.gib:g} GiB"
    return f"gap {name_of_gap(target.gap)}, {target.seconds:g} s{memory}"


def _measured(record: Record | None) -> str:
    if record is None:
        return NOT_MEASURED
    if record["outcome"] != "done":
        return outcome(record)
    gib = (record["plan_mib"] or 0) / 1024
    return f"gap {100 * widest_gap(record):.4f}%, {seconds(record):.2f} s, {gib:.2f} GiB"


def _meets(record: Record, target: Target) -> bool:
    if record["outcome"] != "done" or record["broken"]:
        return False
    fits = target.gib is None or record["plan_mib"] <= 1024 * target.gib
    return bool(widest_gap(record) <= target.gap and seconds(record) <= target.seconds and fits)


def outcome(record: Record) -> str:
    """What became of a job that did not end by itself."""
    if record["outcome"] == "limit":
        return f"none in {record['limit_s']:.0f} s"
    return {"memory": "ended: memory", "skipped": f"skipped: {record.get('why', '')}"}.get(
        record["outcome"], f"failed: {record.get('why', '')}"
    )


def _growth(records: Records) -> Verdict:
    small, large = done(records, "ours/county@0.1%"), done(records, "ours/city@0.1%")
    must, aim = f"exponent {GROWTH_MUST}", f"exponent {GROWTH_AIM}"
    if small is None or large is None:
        return Verdict("growth, county to city", must, aim, NOT_MEASURED, None)
    exponent = math.log(seconds(large) / seconds(small)) / math.log(large["teachers"] / small["teachers"])
    return Verdict(
        "growth, county to city", must, aim, f"exponent {exponent:.2f} (both to 0.1%)", exponent <= GROWTH_MUST
    )


def textbook_ratio(records: Records, case: str) -> tuple[float, bool] | None:
    """How many times longer the textbook model takes to 0.1 %, and whether that is only a lower bound."""
    ours, other = done(records, f"ours/{case}@0.1%"), records.get(f"textbook/{case}")
    if ours is None or other is None or other["outcome"] not in ("done", "limit"):
        return None
    if other["outcome"] == "limit":
        return other["limit_s"] / seconds(ours), True
    return (other["seconds"]["build"] + other["seconds"]["solve"]) / seconds(ours), not other["solved"]


def _textbook(records: Records) -> Verdict:
    found = textbook_ratio(records, "district")
    what, must = "textbook model, 250 schools, to 0.1%", f"{TEXTBOOK_MUST:g}x faster"
    if found is None:
        return Verdict(what, must, "", NOT_MEASURED, None)
    ratio, open_end = found
    # A limit that came first proves a ratio that is large enough, never one that is too small.
    reached = True if ratio >= TEXTBOOK_MUST else None if open_end else False
    return Verdict(what, must, "", f"{'over ' if open_end else ''}{ratio:.1f}x faster", reached)


def better(ours: Record, other: Record, levels: tuple[str, ...] = ("staffing", "balance", "burden")) -> str:
    """Compare two judged plans level by level: `ours`, `other` or `equal`; a plan that breaks a rule loses."""
    if ours["broken"] or other["broken"]:
        return "ours" if not ours["broken"] else "other" if not other["broken"] else "equal"
    for name in levels:
        a, b = ours["values"][name], other["values"][name]
        if abs(a - b) > SLACK * max(abs(a), abs(b)) + 1e-9:
            return "ours" if a < b else "other"
    return "equal"


def _timefold(records: Records) -> Iterator[Verdict]:
    for case in ("county", "district"):
        ours, other = done(records, f"ours/{case}@5s"), records.get(f"timefold/{case}")
        what, must = f"Timefold after 120 s, {CASES[case].schools} schools", "better after 5 s"
        if ours is None or other is None or other["outcome"] != "done":
            why = NOT_MEASURED if other is None or other["outcome"] == "done" else outcome(other)
            yield Verdict(what, must, "", why, None)
        elif not ours["values"]:
            yield Verdict(what, must, "", "no plan after 5 s", False)
        else:
            verdict = better(ours, other)
            yield Verdict(what, must, "", f"better: {verdict}", verdict == "ours")


def _five_stage(records: Records) -> Verdict:
    ours, dense = done(records, "five-stage/ours"), done(records, "five-stage/dense")
    what, must = "five-stage model, 300 x 20", f"the same five optima in {FIVE_STAGE_S:g} s"
    if ours is None or dense is None:
        return Verdict(what, must, "", NOT_MEASURED, None)
    same = ours["optima"] == dense["optima"]
    measured = f"{'the same' if same else 'OTHER'} optima, {seconds(ours):.2f} s against {seconds(dense):.1f} s"
    return Verdict(what, must, "", measured, same and seconds(ours) <= FIVE_STAGE_S)


def _pairs(records: Records) -> Iterator[Verdict]:
    for method, kind in zip(PAIRINGS, ("strong with lower", "any with any"), strict=True):
        record, other = records.get(f"{method}/{PAIRS}"), records.get(f"networkx-{method}/{PAIRS}")
        yield _pairs_s(f"pairs, {PAIRS} schools, {kind}", record)
        yield _networkx(f"NetworkX, the same schools, {kind}", done(records, f"{method}/{PAIRS}"), other)


def _pairs_s(what: str, record: Record | None) -> Verdict:
    must = f"{PAIRS_S:g} s"
    if record is None or record["outcome"] != "done":
        return Verdict(what, must, "", _unmeasured(record), None)
    return Verdict(what, must, "", f"{record['cpu_s']:.2f} s", record["cpu_s"] <= PAIRS_S)


def _networkx(what: str, ours: Record | None, other: Record | None) -> Verdict:
    must = f"the same weight, {PAIRS_MUST:g}x faster"
    if ours is None or other is None or other["outcome"] != "done":
        return Verdict(what, must, "", _unmeasured(other), None)
    ratio = other["cpu_s"] / ours["cpu_s"]
    same = "the same weight" if other["same"] else "OTHER weight"
    return Verdict(what, must, "", f"{same}, {ratio:.0f}x faster", other["same"] and ratio >= PAIRS_MUST)


def _hubs(records: Records) -> Verdict:
    record = records.get(f"hubs/{HUBS}")
    what, must = f"hubs, {HUBS} schools", f"proven, {HUBS_S:g} s"
    if record is None or record["outcome"] != "done":
        return Verdict(what, must, "", _unmeasured(record), None)
    good = widest_gap(record) <= PROVEN and not record["broken"] and record["cpu_s"] <= HUBS_S
    return Verdict(what, must, "", f"{_proven(record)}, {record['cpu_s']:.2f} s", good)


def _groups(case: GroupCase, records: Records) -> Verdict:
    record = records.get(case.name)
    what = f"groups, {case.schools} schools, {case.leads} leads"
    must = f"{_within(case.gap)}, {case.seconds:g} s"
    if record is None or record["outcome"] != "done":
        return Verdict(what, must, "", _unmeasured(record), None)
    good = widest_gap(record) <= case.gap and not record["broken"] and record["cpu_s"] <= case.seconds
    return Verdict(what, must, "", f"{_proven(record)}, {record['cpu_s']:.2f} s", good)


def _within(gap: float) -> str:
    return f"gap {name_of_gap(gap)}" if gap > PROVEN else "proven"


def _proven(record: Record) -> str:
    gap = widest_gap(record)
    if gap == math.inf:
        return "a level without plan or bound"
    return "proven" if gap <= PROVEN else f"gap {100 * gap:.3f}%"


def _unmeasured(record: Record | None) -> str:
    return NOT_MEASURED if record is None or record["outcome"] == "done" else outcome(record)


SIZES: Mapping[str, Sequence[int]] = {**dict.fromkeys(PAIRINGS, PAIR_SIZES), "hubs": HUB_SIZES}
"""Schools of the growing counties of each form."""


def exponents(records: Records, method: str) -> tuple[float, float] | None:
    """Exponent of the time in the number of schools over all sizes (least squares), and over the last two.

    None with fewer than two sizes.
    """
    found = [r for size in SIZES[method] if (r := done(records, f"{method}/{size}")) is not None]
    points = [(math.log(r["schools"]), math.log(r["cpu_s"])) for r in found]
    return None if len(points) < 2 else (_slope(points), _slope(points[-2:]))


def _slope(points: Sequence[tuple[float, float]]) -> float:
    mean = [math.fsum(values) / len(points) for values in zip(*points, strict=True)]
    across = math.fsum((x - mean[0]) ** 2 for x, _ in points)
    return math.fsum((x - mean[0]) * (y - mean[1]) for x, y in points) / across
