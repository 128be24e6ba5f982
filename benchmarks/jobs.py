"""What is run: one job is one method on one case, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.alliance_cases import GROUPS, HUB_SIZES, NEIGHBOURS, PAIR_SIZES, PAIRINGS, PAIRS
from benchmarks.cases import CASES, SEED
from benchmarks.funding import funding_rows

FIVE_STAGE = {"teachers": 300, "schools": 20, "seed": SEED}


@dataclass(frozen=True)
class Job:
    """One method on one case.

    Attributes
    ----------
    name
        `method/case`, with what is asked of it after `@`.
    module
        Where `run(**options)` is, and perhaps `missing()`, which says why it cannot run here.
    options
        What `run` is given.
    limit_s
        Wall-clock seconds after which the process is ended.
    needs
        A job whose record `run` is given as `before`.
    """

    name: str
    module: str
    options: Mapping[str, Any] = field(default_factory=dict)
    limit_s: float = 600.0
    needs: str = ""

    @property
    def method(self) -> str:
        """What is before the slash."""
        return self.name.partition("/")[0]

    @property
    def case(self) -> str:
        """What is between slash and `@`."""
        return self.name.partition("/")[2].partition("@")[0]


def jobs(*, full: bool) -> list[Job]:
    """All jobs in their order; without `full`, those that take minutes together."""
    found = [*_ours(full=full), *_five_stage(), *_textbook(full=full), *_solvers(full=full)]
    found += _alliances(full=full)
    if full:
        found += _timefold()
    return [*found, *(Job(*row) for row in funding_rows(full=full))]


def selected(names: list[str], *, full: bool) -> list[Job]:
    """Jobs whose name contains one of `names` (all of them without names), and before each what it needs."""
    every = jobs(full=True) if names and not full else jobs(full=full)
    known = {job.name: job for job in every}
    chosen: dict[str, Job] = {}
    for job in every:
        if not names or any(name in job.name for name in names):
            if job.needs:
                chosen[job.needs] = known[job.needs]
            chosen[job.name] = job
    return list(chosen.values())


def _district(case: str, **more: Any) -> dict[str, Any]:
    return {"schools": CASES[case].schools, "seed": SEED, **more}


def _ours(*, full: bool) -> Iterator[Job]:
    """Every case to 0.01 % and to 0.1 %; after 5 s where Timefold is compared."""
    for case in ("town", "county", "district", "city"):
        if case == "city" and not full:
            continue
        for name, gap in (("0.01%", 1e-4), ("0.1%", 1e-3)):
            options = _district(case, gap=gap, time_s=900.0)
            yield Job(f"ours/{case}@{name}", "benchmarks.ours", options, 1500.0)
    for case in ("county", "district"):
        if full:
            yield Job(f"ours/{case}@5s", "benchmarks.ours", _district(case, gap=1e-4, time_s=5.0), 120.0)


def _five_stage() -> Iterator[Job]:
    yield Job("five-stage/ours", "benchmarks.peers.five_stage", {"method": "ours", **FIVE_STAGE}, 120.0)
    dense = {"method": "dense", **FIVE_STAGE}
    yield Job("five-stage/dense", "benchmarks.peers.five_stage", dense, 300.0, needs="five-stage/ours")


def _textbook(*, full: bool) -> Iterator[Job]:
    """CP-SAT on a 0-1 variable for each teacher and school; seconds a level."""
    limits = (
        {"town": 60.0, "county": 120.0, "district": 150.0, "city": 800.0}
        if full
        else {"town": 60.0, "county": 30.0}
    )
    for case, limit in limits.items():
        whole = 800.0 if case == "city" else 3 * limit + 120.0
        yield Job(
            f"textbook/{case}", "benchmarks.peers.textbook", _district(case, gap=1e-3, limit_s=limit), whole
        )


def _solvers(*, full: bool) -> Iterator[Job]:
    """Our model as it is, through plain solvers: 60 s a level and gap, the city's process ended at 240 s."""
    limits = {"town": 60.0, "county": 60.0, "district": 60.0, "city": 60.0} if full else {"town": 10.0}
    for case, limit in limits.items():
        for solver in ("highs", "cp-sat", "scip", "cbc"):
            options = _district(case, solver=solver, limit_s=limit)
            yield Job(
                f"{solver}/{case}",
                "benchmarks.peers.solvers",
                options,
                240.0 if case == "city" else 6 * limit + 120.0,
                needs=f"ours/{case}@0.01%",
            )


def _timefold() -> Iterator[Job]:
    for case in ("county", "district"):
        yield Job(f"timefold/{case}", "benchmarks.peers.timefold", _district(case, limit_s=120.0), 400.0)


def _alliances(*, full: bool) -> Iterator[Job]:
    """Pairs and hubs of growing counties, groups; NetworkX on the pairs of the targets."""
    module = "benchmarks.alliances"
    for method in PAIRINGS:
        for schools in PAIR_SIZES:
            options = {"schools": schools, "neighbours": NEIGHBOURS, "seed": SEED, "mixed": method == "mixed"}
            yield Job(f"{method}/{schools}", module, {"form": "pairs", **options}, 300.0)
            if full and schools == PAIRS:
                peer = "benchmarks.peers.networkx_pairs"
                name = f"{method}/{schools}"
                yield Job(f"networkx-{name}", peer, options, 900.0, needs=name)
    for schools in HUB_SIZES:
        yield Job(f"hubs/{schools}", module, {"form": "hubs", "schools": schools, "seed": SEED}, 300.0)
    for case in GROUPS if full else GROUPS[:2]:
        asked = {"schools": case.schools, "leads": case.leads, "seed": SEED, "time_s": case.limit_s}
        yield Job(case.name, module, {"form": "groups", **asked}, 3 * case.limit_s + 60.0)
