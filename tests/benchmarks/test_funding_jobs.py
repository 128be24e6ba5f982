"""The measurements of funding: what they run, and how their targets are judged."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.funding.purse import Facts, purse_of
from allocator.io.policies import load_policy
from benchmarks.funding import funding_rows, run
from benchmarks.funding_cases import evening, six_grants, three_hundred_projects
from benchmarks.funding_tables import funding_verdicts
from benchmarks.judging import POLICY
from benchmarks.peers.cvxpy import problem_of


def test_all_six_grants_are_split_and_checked() -> None:
    """Floors and guarantees leave room: a county whose money is too little would measure a conflict."""
    record = run("six", 40)
    assert record["passed"]
    assert record["seconds"]["plan"] > 0
    assert len(six_grants(40, 1).grants) == 6


def test_there_are_three_hundred_projects() -> None:
    for purposes in (1, 3):
        district = three_hundred_projects(60, 1, purposes)
        assert len(district.projects) == 300
        assert len({p.adds for p in district.projects}) == len(district.grants) == purposes


def test_the_peer_is_given_our_floors_and_sections() -> None:
    """50 yuan a pupil below, 1,500 above, and every section once."""
    district = evening(12, 1)
    problem = problem_of(purse_of(Facts.of(district, load_policy(POLICY)), district.grants[0]))
    for low, high, count in zip(problem["floors"], problem["caps"], problem["pupils"], strict=True):
        assert (low, high) == (50 * count, 1500 * count)
    assert sum(len(stage["school"]) for stage in problem["stages"]) == len(district.sections)


def verdict_of(split: float, peer: float, seconds: float) -> bool | None:
    def record(spread: float, taken: float) -> dict[str, Any]:
        return {
            "outcome": "done",
            "seconds": {"solve": taken, "plan": taken},
            "values": {"E.spread": spread},
        }

    rows = funding_verdicts({"split/250": record(split, 1.0), "cvxpy/250": record(peer, seconds)})
    return next(row[-1] for row in rows if "cvxpy, 250" in row[0])


@pytest.mark.parametrize(
    ("split", "peer", "seconds", "reached"),
    [(0.5, 0.5, 5.0, True), (0.5, 0.5, 4.9, False), (0.5, 0.499, 9.0, False), (0.4, 0.5, 9.0, True)],
)
def test_beside_cvxpy_value_and_time_decide(split: float, peer: float, seconds: float, reached: bool) -> None:
    assert verdict_of(split, peer, seconds) is reached


def test_the_largest_split_is_for_the_full_run() -> None:
    names = {full: [row[0] for row in funding_rows(full=full)] for full in (True, False)}
    assert "cvxpy/10000" in names[True]
    assert "cvxpy/10000" not in names[False]
