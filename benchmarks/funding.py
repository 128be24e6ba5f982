"""Funding measured: many grants, a what-if, projects, and one split beside cvxpy. Processor time throughout."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from allocator.domain.funding import FundingDecision
from allocator.domain.run import Limits, StopSignal
from allocator.generation import generate
from allocator.io.policies import load_policy
from allocator.reaching import reach_standard
from allocator.spending import changed, split_funding
from benchmarks.cases import SEED
from benchmarks.funding_cases import evening, six_grants, three_hundred_projects
from benchmarks.judging import POLICY

SPLITS = (250, 2500, 10_000)
"""Schools at which a split is measured beside cvxpy."""
REACHES = (60, 250)
"""Schools at which moves and money are decided together."""
PRECISE = 1e-6
"""Gap of those splits: the peer's bisection ends there, too."""
GAP = 1e-3
REACH_S = 300.0
PROJECTS_S = 30.0
MODULE = "benchmarks.funding"
PEER = "benchmarks.peers.cvxpy"


def funding_rows(*, full: bool) -> Iterator[tuple[str, str, dict[str, Any], float]]:
    """Name, module, options and limit of every job of funding."""
    yield "grants/six", MODULE, {"kind": "six", "schools": 10_000}, 300.0
    yield "what-if/250", MODULE, {"kind": "what-if", "schools": 250}, 120.0
    for name, purposes in (("mixed", 3), ("equipment", 1)):
        options = {"kind": "projects", "schools": 250, "purposes": purposes}
        yield f"projects/{name}", MODULE, options, 300.0
    for schools in REACHES:
        yield f"reach/{schools}", MODULE, {"kind": "reach", "schools": schools}, 600.0
    for schools in SPLITS if full else SPLITS[:2]:
        yield f"split/{schools}", MODULE, {"kind": "split", "schools": schools}, 300.0
        yield f"cvxpy/{schools}", PEER, {"schools": schools}, 1200.0


def run(kind: str, schools: int, **options: Any) -> dict[str, Any]:
    """Measure one kind."""
    kinds: Mapping[str, Callable[..., dict[str, Any]]] = {
        "six": _six,
        "what-if": _what_if,
        "projects": _projects,
        "split": _split,
        "reach": _reach,
    }
    # What is loaded at the first split is not part of any.
    split_funding(six_grants(3, SEED), load_policy(POLICY))
    return {"schools": schools, **kinds[kind](schools, **options)}


def _timed(task: Callable[[], FundingDecision]) -> tuple[FundingDecision, float]:
    began = time.process_time()
    return task(), time.process_time() - began


def _judged(decision: FundingDecision, seconds: float) -> dict[str, Any]:
    check = decision.check
    gaps = [level.gap for result in decision.grants for level in result.levels]
    gaps += [level.gap for level in decision.projects]
    return {
        "status": str(decision.status),
        "seconds": {"plan": seconds},
        "gap": None if None in gaps else max((g for g in gaps if g is not None), default=None),
        "values": {} if check is None else dict(check.levels),
        "passed": check is not None and check.passed,
    }


def _reach(schools: int) -> dict[str, Any]:
    """The cheapest mix of moves and money, with both orders of deciding apart and all checkers."""
    district, policy = generate(schools, seed=SEED), load_policy(POLICY)
    began = time.process_time()
    found = reach_standard(district, policy, limits=Limits(time_s=REACH_S, gap=GAP))
    gaps = [level.gap for level in found.levels]
    return {
        "status": str(found.status),
        "seconds": {"plan": time.process_time() - began},
        "gap": None if None in gaps or not gaps else max(gap for gap in gaps if gap is not None),
        "values": {level.name: level.value for level in found.levels},
        "apart": {each.first: (each.cost, each.bound) for each in found.apart},
        "passed": found.standard is not None,
    }


def _six(schools: int) -> dict[str, Any]:
    """All six grants, with the checker."""
    district, policy = six_grants(schools, SEED), load_policy(POLICY)
    decision, seconds = _timed(lambda: split_funding(district, policy))
    return _judged(decision, seconds)


def _what_if(schools: int) -> dict[str, Any]:
    """The slowest of six questions: one grant with a tenth more money, split again, with the checker."""
    district, policy = six_grants(schools, SEED), load_policy(POLICY)
    slowest: dict[str, Any] = {}
    for grant in district.grants:
        unit = grant.unit_yuan
        path = f"grants.{grant.grant_id}.amount_yuan"
        more = grant.amount_yuan * 11 // 10 // unit * unit

        def ask(path: str = path, more: Any = more, code: str = grant.grant_id) -> FundingDecision:
            return split_funding(changed(district, {path: more}), policy, [code])

        answer = _judged(*_timed(ask))
        if not slowest or answer["seconds"]["plan"] > slowest["seconds"]["plan"]:
            slowest = answer
    return slowest


def _projects(schools: int, purposes: int) -> dict[str, Any]:
    """300 projects to 0.1 %, or as far as 30 s of the clock go."""
    district, policy = three_hundred_projects(schools, SEED, purposes), load_policy(POLICY)
    stop = StopSignal(Limits(time_s=PROJECTS_S, gap=GAP))
    return _judged(*_timed(lambda: split_funding(district, policy, stop=stop)))


def _split(schools: int) -> dict[str, Any]:
    """One grant: the split to whole yuan from where the peer begins, and all there is with the checker."""
    from allocator.funding.purse import Facts, purse_of  # noqa: PLC0415  loaded by the first split
    from allocator.funding.split import split_purse  # noqa: PLC0415  as above

    district, policy = evening(schools, SEED), load_policy(POLICY)
    purse = purse_of(Facts.of(district, policy), district.grants[0])
    began = time.process_time()
    split_purse(purse, StopSignal(), PRECISE)
    alone = time.process_time() - began
    stop = StopSignal(Limits(gap=PRECISE))
    record = _judged(*_timed(lambda: split_funding(district, policy, stop=stop)))
    return {**record, "seconds": {**record["seconds"], "solve": alone}}
