"""Records as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.alliance_cases import PAIRINGS
from benchmarks.cases import CASES
from benchmarks.funding_tables import HEAD, funding_rows
from benchmarks.peers.solvers import GAPS
from benchmarks.verdicts import SIZES, Record, Records, done, exponents, outcome, textbook_ratio, verdicts

PARTS = ("import", "generate", "build", "solve", "check", "plan", "write")
SOLVERS = ("highs", "cp-sat", "scip", "cbc")


def all_tables(records: Records) -> str:
    """Every table that has rows, each under its title."""
    made = (
        ("Targets", targets(records)),
        ("Ours, part by part (seconds; plan = build + solve + check + indicators)", parts(records)),
        ("Ours, level by level", levels(records)),
        ("Textbook model in CP-SAT, to 0.1 %", textbook(records)),
        ("Our model through plain solvers (seconds a level)", solvers(records)),
        ("Timefold and ours, judged by the checker", timefold(records)),
        ("Five-stage model", five_stage(records)),
        ("Pairs (seconds of processor time)", pairs(records)),
        ("Hubs and groups, level by level", allied_levels(records)),
        ("Hubs and groups, as a whole (seconds of processor time, checked)", allied(records)),
        ("Growth of the time with the number of schools", growth(records)),
        ("Funding", markdown(HEAD, funding_rows(records))),
    )
    return "\n\n".join(f"## {title}\n\n{table}" for title, table in made if table)


def markdown(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Lay out a table; empty without rows."""
    body = ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    if not body:
        return ""
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *body])


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.7g}"
    return str(value)


def _two(value: float | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def targets(records: Records) -> str:
    """Targets and whether they were reached."""
    word = {True: "yes", False: "NO", None: "–"}
    rows = ((v.what, v.must, v.aim, v.measured, word[v.reached]) for v in verdicts(records))
    return markdown(("target", "must", "aim", "measured", "reached"), rows)


def _of(records: Records, method: str) -> Iterator[tuple[str, Record]]:
    for name, record in records.items():
        if name.startswith(f"{method}/"):
            yield name.partition("/")[2], record


def parts(records: Records) -> str:
    """Where our time and memory go."""

    def rows() -> Iterator[Sequence[Any]]:
        for name, r in _of(records, "ours"):
            if r["outcome"] != "done":
                yield (name, outcome(r), *[None] * (len(PARTS) + 3))
                continue
            times = [_two(r["seconds"][part]) for part in PARTS]
            memory = [f"{mib:.0f}" for mib in (r["plan_mib"] or 0.0, r["peak_mib"])]
            yield (name, r["status"], r["teachers"], *times, *memory)

    return markdown(("case", "status", "teachers", *PARTS, "MiB, plan", "MiB, all"), rows())


def levels(records: Records) -> str:
    """Value, bound and gap of each of our levels."""
    rows = (
        (name, v["name"], v["value"], v["bound"], _percent(v["gap"]), _two(v["seconds"]))
        for name, record in _of(records, "ours")
        if record["outcome"] == "done"
        for v in record["levels"]
    )
    return markdown(("case", "level", "value", "bound", "gap", "seconds"), rows)


def _percent(gap: float | None) -> str | None:
    return None if gap is None else f"{100 * gap:.4f}%"


def textbook(records: Records) -> str:
    """The textbook model's levels, and how many times longer it takes than ours."""

    def rows() -> Iterator[Sequence[Any]]:
        for name, r in _of(records, "textbook"):
            ratio = textbook_ratio(records, name)
            times = None if ratio is None else f"{'over ' if ratio[1] else ''}{ratio[0]:.1f}x"
            if r["outcome"] != "done":
                yield (name, "all", None, None, outcome(r), None, times)
                continue
            for v in r["levels"]:
                how = _two(v["seconds"]) if v["solved"] else f"none in {v['seconds']:.0f}"
                yield (name, v["name"], v["value"], v["bound"], how, None, None)
            total = r["seconds"]["build"] + r["seconds"]["solve"]
            broken = ", ".join(r.get("broken", ())) or "none"
            yield (
                name,
                f"all (rules broken: {broken})",
                None,
                None,
                _two(total),
                f"{r['peak_mib']:.0f}",
                times,
            )

    return markdown(("case", "level", "value", "bound", "seconds", "MiB", "against ours"), rows())


def solvers(records: Records) -> str:
    """Seconds to each gap, level by level, and ours for comparison."""

    def rows() -> Iterator[Sequence[Any]]:
        for case in CASES:
            for solver in SOLVERS:
                r = records.get(f"{solver}/{case}")
                if r is None:
                    continue
                if r["outcome"] != "done":
                    yield (case, solver, "all", *[outcome(r)] * len(GAPS), None, None, f"{r['peak_mib']:.0f}")
                    continue
                for v in r["levels"]:
                    times = [_two(v[g]) or f"none in {r['level_limit_s']:.0f}" for g in GAPS]
                    yield (case, solver, v["name"], *times, v["value"], v["bound"], f"{r['peak_mib']:.0f}")
            yield from _ours_solved(records, case)

    return markdown(("case", "solver", "level", *(f"to {g}" for g in GAPS), "value", "bound", "MiB"), rows())


def _ours_solved(records: Records, case: str) -> Iterator[Sequence[Any]]:
    """Our rows of the solver table, where some solver has one."""
    record = done(records, f"ours/{case}@0.1%")
    if record is None or not any(f"{solver}/{case}" in records for solver in SOLVERS):
        return
    for v in record["levels"]:
        memory = f"{record['plan_mib'] or 0.0:.0f}"
        yield (case, "ours", v["name"], None, _two(v["seconds"]), v["value"], v["bound"], memory)


def timefold(records: Records) -> str:
    """Both plans' levels as the checker sees them."""

    def row(case: str, who: str, r: Record) -> Sequence[Any]:
        if r["outcome"] != "done" or not r["values"]:
            return (case, who, *[None] * 4, outcome(r) if r["outcome"] != "done" else "no plan")
        values: Mapping[str, float] = r["values"]
        broken = ", ".join(r["broken"]) or "none"
        return (case, who, r["moved"], *(values[n] for n in ("staffing", "balance", "burden")), broken)

    rows = []
    for case, record in _of(records, "timefold"):
        if f"ours/{case}@5s" in records:
            rows.append(row(case, "ours after 5 s", records[f"ours/{case}@5s"]))
        rows.append(row(case, "Timefold after 120 s", record))
    return markdown(("case", "plan", "moved", "staffing", "balance", "burden", "rules broken"), rows)


def five_stage(records: Records) -> str:
    """The five optima."""
    rows = [
        (
            (name, *r["optima"].values(), _two(r["seconds"]["plan"]), f"{r['peak_mib']:.0f}")
            if r["outcome"] == "done"
            else (name, outcome(r), *[None] * 6)
        )
        for name, r in _of(records, "five-stage")
    ]
    head = ("method", "shortage", "weighted", "transfers", "welfare", "distance", "seconds", "MiB")
    return markdown(head, rows)


def pairs(records: Records) -> str:
    """Ours and NetworkX's."""
    rows = []
    for method in PAIRINGS:
        for size, r in _of(records, method):
            other = records.get(f"networkx-{method}/{size}")
            rows.append((f"{method}/{size}", r.get("edges"), _cpu(r), _cpu(other), f"{r['peak_mib']:.0f}"))
    return markdown(("schools", "edges", "ours", "NetworkX", "MiB"), rows)


def _cpu(record: Record | None) -> str | None:
    if record is None:
        return None
    return _two(record["cpu_s"]) if record["outcome"] == "done" else outcome(record)


def _allied(records: Records) -> Iterator[tuple[str, Record]]:
    for method in ("hubs", "groups"):
        yield from ((f"{method}/{case}", record) for case, record in _of(records, method))


def allied(records: Records) -> str:
    """Seconds and memory of hubs and groups."""

    def rows() -> Iterator[Sequence[Any]]:
        for name, r in _allied(records):
            if r["outcome"] != "done":
                yield (name, outcome(r), None, None, f"{r['peak_mib']:.0f}")
                continue
            broken = ", ".join(r["broken"]) or "none"
            yield (name, r["status"], _two(r["cpu_s"]), broken, f"{r['peak_mib']:.0f}")

    return markdown(("case", "status", "seconds", "rules broken", "MiB"), rows())


def allied_levels(records: Records) -> str:
    """Value, bound and gap of each level of hubs and groups; its seconds are by the clock."""
    rows = (
        (name, v["name"], v["value"], v["bound"], _percent(v["gap"]), _two(v["seconds"]))
        for name, record in _allied(records)
        if record["outcome"] == "done"
        for v in record["levels"]
    )
    return markdown(("case", "level", "value", "bound", "gap", "seconds, clock"), rows)


def growth(records: Records) -> str:
    """Seconds of each size and the exponents."""

    def rows() -> Iterator[Sequence[Any]]:
        for method, sizes in SIZES.items():
            found = exponents(records, method)
            if found is not None:
                times = [(n, done(records, f"{method}/{n}")) for n in sizes]
                text = ", ".join(f"{n}: {r['cpu_s']:.2f}" for n, r in times if r is not None)
                yield (method, text, *(f"{exponent:.2f}" for exponent in found))

    return markdown(("form", "schools: seconds", "exponent", "of the last two"), rows())
