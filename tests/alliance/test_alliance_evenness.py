"""Evenness by windows: slack, ends that no plan joins, time that runs out; each against all plans tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import floor

import numpy as np
import pytest

from allocator.alliance.eligibility import Terms as Judged
from allocator.alliance.forming import Case, case_of
from allocator.alliance.group_evenness import STEP, Evenness
from allocator.alliance.group_windows import Finder, ends_of, resolution, with_window
from allocator.alliance.groups import GroupProgram, group_program, spread_of
from allocator.alliance.links import collect_links
from allocator.alliance.schools import collect
from allocator.alliances import form_alliances
from allocator.checking import Terms, check_alliances
from allocator.domain.allied import AllianceRequest
from allocator.domain.district import District
from allocator.domain.run import Limits, StopSignal
from allocator.indicators import measure
from allocator.io.policies import load_policy
from allocator.solving.highs import Outcome
from allocator.solving.model import Floats
from tests.alliance.networks import small_network
from tests.alliance.oracle import lawful, plans

RULES = ["alliance.max_km=25", "alliance.group_min_members=1", "alliance.group_max_members=3"]
POLICY = load_policy("national-2017", RULES)


def best_with_slack(tables: District, slack: float) -> list[float]:
    """Levels of the best plan where each may give way a little for the next: all plans tried."""
    policy = load_policy("national-2017", [*RULES, f"alliance.slack={slack}"])
    verdicts = [check_alliances(tables, policy, plan) for plan in plans(tables, policy, "group", Terms())]
    left = [dict(verdict.levels) for verdict in verdicts if lawful(verdict)]
    best = []
    for name, unit in (("coverage", -1.0), ("benefit", -1e-6), ("evenness", 0.0), ("distance", 1e-3)):
        values = [levels[name] / unit if unit else levels[name] for levels in left]
        least = min(values)
        room = floor(slack * abs(round(least))) + 0.5 if unit else slack * least + 1e-7
        left = [levels for levels, value in zip(left, values, strict=True) if value <= least + room]
        best.append(least * unit if unit else least)
    return best


@pytest.mark.parametrize("slack", [0.0, 0.3])
def test_levels_with_slack_are_what_trying_every_plan_finds(slack: float) -> None:
    """With room for a third more spread the shortest plan is often another than the most even one's."""
    policy = load_policy("national-2017", [*RULES, f"alliance.slack={slack}"])
    uneven = 0
    for seed in range(14):
        tables = small_network(seed, 6, links=False)
        decision = form_alliances(tables, policy, form="group")
        expected = best_with_slack(tables, slack)
        assert [level.value for level in decision.levels] == pytest.approx(expected, abs=5e-6), seed
        bounds = [level.bound for level in decision.levels]
        assert bounds == pytest.approx(expected, abs=2e-5), seed
        uneven += expected[2] > 0
    assert uneven >= 3


def case_for(tables: District) -> Case:
    schools = collect(tables, POLICY, measure(tables, POLICY))
    stop = StopSignal(Limits())
    judged = Judged(schools, POLICY, collect_links(tables, POLICY, schools))
    return case_of(tables, judged, AllianceRequest("group"), stop.limits, stop)


def all_plans(program: GroupProgram) -> Iterator[tuple[Floats, float]]:
    """Every plan of a program of few edges, with its spread."""
    count = len(program.edges)
    for number in range(1, 2**count):
        x = np.zeros(program.model.columns)
        x[:count] = [number >> e & 1 for e in range(count)]
        for lead in program.edges.lead[x[:count] == 1].tolist():
            x[program.heads[lead]] = 1.0
        if program.model.breach(x) <= 0:
            yield x, spread_of(program.edges.take(np.flatnonzero(x[:count])), program.quality)


@dataclass(frozen=True)
class Tired(Finder):
    """A finder whose time is over after so many windows."""

    patience: list[int] = field(default_factory=list)

    def within(self, low: float | None, high: float | None) -> tuple[Outcome, Floats | None]:
        """Look as long as there is patience."""
        if not self.patience:
            return Outcome.STOPPED, None
        self.patience.pop()
        return super().within(low, high)


def two_groups() -> Iterator[tuple[GroupProgram, list[tuple[Floats, float]]]]:
    """Programs in which there are two groups exactly, few edges, and plans of different spreads."""
    for seed in range(60):
        case = case_for(small_network(seed, 7, links=False))
        program = group_program(case.network, {}, number=2)
        if 3 <= len(program.edges) <= 11:
            tried = list(all_plans(program))
            if len({round(spread, 9) for _, spread in tried}) > 2:
                yield program, tried


def test_value_and_bound_meet_at_the_least_spread() -> None:
    """Begun with the worst plan; in some of these no plan reaches both ends, so that windows are parted."""
    parted = count = 0
    for program, tried in two_groups():
        worst = max(tried, key=lambda pair: pair[1])[0]
        cost = np.zeros(program.model.columns)
        even = Evenness(Finder(program, cost, Limits(), StopSignal()), worst)
        even.solve()
        least = min(spread for _, spread in tried)
        assert even.value == pytest.approx(least, abs=STEP)
        assert even.bound == pytest.approx(even.value, abs=4 * STEP)
        ends = [ends_of(program, plan) for plan, _ in tried]
        assert even.top <= min(high for _, high in ends)
        assert even.bottom >= max(low for low, _ in ends)
        parted += even.top - even.bottom < least - 1e-3
        count += 1
    assert count >= 5
    assert parted >= 2


def test_a_search_that_is_broken_off_claims_nothing_wrong() -> None:
    """After any number of windows the bound is at most the least spread, and the plan at hand is one."""
    program, tried = next(iter(two_groups()))
    least = min(spread for _, spread in tried)
    worst = max(tried, key=lambda pair: pair[1])[0]
    for windows in range(12):
        finder = Tired(program, np.zeros(program.model.columns), Limits(), StopSignal(), [0] * windows)
        even = Evenness(finder, worst)
        even.solve()
        assert even.bound is None or even.bound <= least + 1e-9
        assert even.value >= least - 1e-9
        assert program.model.breach(even.plan) <= 1e-9
        if windows == 0:
            assert even.bound is None


def test_windows_hold_exactly_the_plans_inside() -> None:
    """Each plan lies in the window of its own ends, and in none that is a hundredth narrower."""
    program, tried = next(iter(two_groups()))
    for plan, _ in tried:
        low, high = ends_of(program, plan)
        assert with_window(program, low, high).breach(plan) <= 1e-9
        assert with_window(program, low + 0.01, None).breach(plan) > 0.1
        assert with_window(program, None, high - 0.01).breach(plan) > 0.1


def test_least_distance_of_two_spreads() -> None:
    """Means of two and three schools in tenths of a point are sixtieths; thirds of a point are not counted."""
    assert resolution(np.array([60.5, 70.0, np.nan]), range(1, 4)) == pytest.approx(1 / 60)
    assert resolution(np.array([60.0, 70.0]), range(1, 4)) == pytest.approx(1 / 6)
    assert resolution(np.array([200 / 3, 70.0]), range(1, 4)) == 0


def test_a_window_where_nothing_is_left_to_choose() -> None:
    """All columns are fixed, as reduced costs may do: the plan lies in its own window, in no narrower one."""
    program, tried = next(iter(two_groups()))
    plan, _ = tried[0]
    low, high = ends_of(program, plan)
    program.model.lower, program.model.upper = plan, plan
    finder = Finder(program, np.zeros(program.model.columns), Limits(), StopSignal())
    assert finder.within(low, high)[0] is Outcome.OPTIMAL
    assert finder.within(low + 0.01, None)[0] is Outcome.INFEASIBLE
