"""What is made of records, by hand-made records."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.peers import cbc
from benchmarks.tables import all_tables
from benchmarks.verdicts import better, exponents, textbook_ratio, verdicts


def ours(
    teachers: int, seconds: float, gap: float | None = 0.0, mib: float = 1024.0, **more: Any
) -> dict[str, Any]:
    """A record of ours that ended by itself, with one level."""
    parts = dict.fromkeys(("import", "generate", "build", "solve", "check", "write"), 1.0)
    level = {"name": "burden", "value": 2.0, "bound": None if gap is None else 2.0, "gap": gap, "seconds": 1.0}
    record = {"outcome": "done", "status": "optimal", "teachers": teachers, "plan_mib": mib, "peak_mib": mib}
    return {
        **record,
        "seconds": {**parts, "plan": seconds},
        "levels": [level],
        "broken": [],
        "values": {},
        **more,
    }


def reached(records: dict[str, Any]) -> dict[str, bool | None]:
    """Verdict of each target by its name."""
    return {v.what: v.reached for v in verdicts(records)}


def test_time_gap_rules_and_memory_decide() -> None:
    """Each alone makes a target missed."""
    county, city = "county: 60 schools", "city: 1200 schools"
    assert reached({})[county] is None
    assert reached({"ours/county@0.01%": ours(2000, 3.9)})[county] is True
    assert reached({"ours/county@0.01%": ours(2000, 4.1)})[county] is False
    assert reached({"ours/county@0.01%": ours(2000, 1.0, gap=2e-4)})[county] is False
    assert reached({"ours/county@0.01%": ours(2000, 1.0, gap=None)})[county] is False
    assert reached({"ours/county@0.01%": ours(2000, 1.0, broken=["R4"])})[county] is False
    assert reached({"ours/city@0.1%": ours(36000, 200.0, gap=9e-4, mib=6000)})[city] is True
    assert reached({"ours/city@0.1%": ours(36000, 200.0, gap=9e-4, mib=7000)})[city] is False


@pytest.mark.parametrize(("seconds", "exponent", "good"), [(18.0, "1.00", True), (324.0, "2.00", False)])
def test_growth(seconds: float, exponent: str, good: bool) -> None:
    """18 times the teachers in 18 times the time is the exponent 1, in 324 times the time 2."""
    records = {"ours/county@0.1%": ours(2000, 1.0), "ours/city@0.1%": ours(36000, seconds)}
    (found,) = [v for v in verdicts(records) if v.what.startswith("growth")]
    assert exponent in found.measured
    assert found.reached is good


def test_a_limit_that_came_first_proves_only_one_side() -> None:
    """None in 300 s against 10 s is over 30x; against 100 s it is over 3x, which decides nothing."""
    late = {"outcome": "limit", "limit_s": 300.0, "peak_mib": 1.0}
    fast = {"ours/district@0.1%": ours(8000, 10.0), "textbook/district": late}
    slow = {"ours/district@0.1%": ours(8000, 100.0), "textbook/district": late}
    assert textbook_ratio(fast, "district") == (30.0, True)
    what = "textbook model, 250 schools, to 0.1%"
    assert reached(fast)[what] is True
    assert reached(slow)[what] is None
    ended = {
        **late,
        "outcome": "done",
        "solved": True,
        "seconds": {"build": 20.0, "solve": 130.0},
        "levels": [],
    }
    solved = {"ours/district@0.1%": ours(8000, 10.0), "textbook/district": ended}
    assert textbook_ratio(solved, "district") == (15.0, False)
    assert reached(solved)[what] is False


def test_plans_are_compared_level_by_level() -> None:
    """The first level that differs by more than the slack decides; a broken rule loses whatever the values."""

    def plan(staffing: float, balance: float, burden: float, *broken: str) -> dict[str, Any]:
        return {"values": {"staffing": staffing, "balance": balance, "burden": burden}, "broken": list(broken)}

    assert better(plan(5, 9, 9), plan(6, 1, 1)) == "ours"
    assert better(plan(5, 1.0005, 9), plan(5, 1, 8)) == "other"
    assert better(plan(5, 1.002, 1), plan(5, 1, 8)) == "other"
    assert better(plan(5, 1, 8), plan(5, 1, 8)) == "equal"
    assert better(plan(5, 1, 8), plan(1, 0, 0, "R6")) == "ours"


def test_the_five_optima_must_be_the_same() -> None:
    """Fast and other is not reached."""
    optima = {"shortage": 1, "weighted": 1, "transfers": 2, "welfare": 3, "distance": 4}
    mine = {"outcome": "done", "optima": optima, "seconds": {"plan": 0.5}, "peak_mib": 1.0}
    other = {**mine, "optima": {**optima, "distance": 5}}
    name = "five-stage model, 300 x 20"
    assert reached({"five-stage/ours": mine, "five-stage/dense": mine})[name] is True
    assert reached({"five-stage/ours": mine, "five-stage/dense": other})[name] is False


def allied(schools: int, seconds: float, gap: float | None = 0.0, *broken: str) -> dict[str, Any]:
    """A record of hubs or groups that ended by itself, with one level."""
    level = {"name": "benefit", "value": 2.0, "bound": None if gap is None else 2.0, "gap": gap, "seconds": 1.0}
    record = {"outcome": "done", "status": "optimal", "schools": schools, "cpu_s": seconds, "peak_mib": 9.0}
    return {**record, "levels": [level], "broken": list(broken)}


def test_alliances_must_be_fast_proven_and_unbroken() -> None:
    """Each alone makes a target missed; groups of 1,000 schools may leave one percent open."""
    hubs, groups = "hubs, 10000 schools", "groups, 1000 schools, 400 leads"
    assert reached({})[hubs] is None
    assert reached({"hubs/10000": allied(10000, 4.9)})[hubs] is True
    assert reached({"hubs/10000": allied(10000, 5.1)})[hubs] is False
    assert reached({"hubs/10000": allied(10000, 1.0, 1e-4)})[hubs] is False
    assert reached({"hubs/10000": allied(10000, 1.0, None)})[hubs] is False
    assert reached({"hubs/10000": allied(10000, 1.0, 0.0, "A1")})[hubs] is False
    assert reached({"groups/1000x400": allied(1000, 59.0, 9e-3)})[groups] is True
    assert reached({"groups/1000x400": allied(1000, 59.0, 2e-2)})[groups] is False
    assert reached({"groups/1000x400": {"outcome": "limit", "limit_s": 225.0, "peak_mib": 9.0}})[groups] is None


def test_networkx_must_find_the_same_weight_much_slower() -> None:
    """Twenty times the seconds with the same weight; pairs themselves in 2 s."""
    mine = {"outcome": "done", "cpu_s": 1.0, "schools": 1200, "edges": 9, "weight": "7", "peak_mib": 1.0}
    what = "NetworkX, the same schools, strong with lower"
    for seconds, same, good in ((20.0, True, True), (19.0, True, False), (99.0, False, False)):
        records = {"pairs/1200": mine, "networkx-pairs/1200": {**mine, "cpu_s": seconds, "same": same}}
        assert reached(records)[what] is good
        assert reached(records)["pairs, 1200 schools, strong with lower"] is True
    assert reached({"pairs/1200": {**mine, "cpu_s": 2.1}})["pairs, 1200 schools, strong with lower"] is False


def test_growth_with_the_number_of_schools() -> None:
    """Twice the schools, 4 and then 8 times the time: the last exponent is 3, the slope over all three 2.5."""
    sizes = ((300, 1.0), (600, 4.0), (1200, 32.0))
    records = {f"pairs/{n}": {"outcome": "done", "schools": n, "cpu_s": s, "peak_mib": 1.0} for n, s in sizes}
    assert exponents(records, "pairs") == pytest.approx((2.5, 3.0))
    assert exponents(records, "hubs") is None
    assert "| pairs | 300: 1.00, 600: 4.00, 1200: 32.00 | 2.50 | 3.00 |" in all_tables(records)


def test_tables_show_what_did_not_end() -> None:
    """A limit, a failure and a skip are rows, not gaps."""
    lost = {"limit_s": 60.0, "peak_mib": 9.0, "wall_s": 60.0}
    text = all_tables(
        {
            "ours/county@0.01%": ours(2000, 1.0),
            "textbook/county": {**lost, "outcome": "limit"},
            "scip/county": {**lost, "outcome": "failed", "why": "ValueError: x"},
            "timefold/county": {**lost, "outcome": "skipped", "why": "Java 17 is not on this machine"},
            "hubs/10000": {**lost, "outcome": "memory"},
        }
    )
    assert "| hubs/10000 | ended: memory |" in text
    for words in ("none in 60 s", "failed: ValueError: x", "skipped: Java 17 is not on this machine"):
        assert words in text


@pytest.mark.parametrize(
    ("log", "bound"),
    [
        ("Result - Optimal solution found\n\nObjective value:   12.5\n", 12.5),
        (
            "Result - Optimal solution found (within gap tolerance)\nObjective value: 12.5\nLower bound: 12.4",
            12.4,
        ),
        ("Result - Stopped on time limit\n\nNo feasible solution found\nLower bound:   -3.25e+02\n", -325.0),
        ("Cbc0010I (best possible 7.5)\nResult - Stopped on time limit\n", 7.5),
        ("nothing at all", None),
    ],
)
def test_bounds_in_logs_of_cbc(log: str, bound: float | None) -> None:
    """An optimum is its own bound; within a gap or at a limit the stated one counts."""
    assert cbc._bound(log) == bound
