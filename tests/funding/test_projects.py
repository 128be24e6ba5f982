"""Choosing projects: by hand, against every subset judged by the checker, and against a second solver."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import highspy
import pulp
import pytest

from allocator.domain.choices import Asset, Purpose, SplitRule
from allocator.domain.district import District
from allocator.domain.funding import Amount
from allocator.domain.money_records import Project, Received
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, StopSignal
from allocator.funding.projects import choose_projects, export_mps, lifting_problem
from allocator.funding.projects_boxes import spread_model
from allocator.funding.projects_data import collect_projects
from allocator.funding.projects_names import readable_names
from allocator.funding.projects_packages import packages_of
from allocator.funding.projects_search import Search, add_knots
from allocator.solving.readable import second_optimum, solve_readable
from tests.funding.project_cases import EXACT, HARD, SOFT, drawn, fields, judged, pot, primary


def small(*projects: Project, money: int = 100, **more: Any) -> District:
    """A and B lack 50 and 100 m2 of 750, C has 900."""
    schools = (
        primary("A", 100, sports_area_m2=700),
        primary("B", 100, sports_area_m2=650),
        primary("C", 100, sports_area_m2=900),
    )
    return District(schools=schools, grants=(pot("G", money, **more),), projects=projects)


def codes(district: District, policy: Policy = SOFT) -> set[str]:
    return {row.project_id for row in choose_projects(district, policy, limits=EXACT).chosen}


def test_most_lifted_comes_first() -> None:
    """P1 and P2 lift A and B for 100; P3 would even C's lead out best but lifts nobody more."""
    district = small(fields("P1", "A", 40, 50), fields("P2", "B", 60, 100), fields("P3", "B", 100, 249))
    plan = choose_projects(district, SOFT, limits=EXACT)
    assert {row.project_id for row in plan.chosen} == {"P1", "P2"}
    assert plan.status == "optimal"
    assert [(level.value, level.bound) for level in plan.levels[:1]] == [(2, 2)]
    # 750, 750, 900: mean 800, CV = sqrt(2 x 50^2 + 100^2) / sqrt(3) / 800; over 0.5.
    assert plan.levels[1].value == pytest.approx((15000 / 3) ** 0.5 / 800 / 0.5)
    assert plan.levels[1].bound == pytest.approx(plan.levels[1].value, rel=1e-6)


def test_two_halves_make_a_whole_and_one_yuan_too_much_is_too_much() -> None:
    halves = (fields("P1", "A", 50, 25), fields("P2", "A", 50, 25))
    assert codes(small(*halves)) == {"P1", "P2"}
    plan = choose_projects(small(*halves, money=99), SOFT, limits=EXACT)
    assert plan.levels[0].value == 0


def test_thirds_of_a_square_metre_are_not_lost() -> None:
    """3 x 16.666666 m2 are 0.000002 short of 50: nothing is lifted, whatever a solver tolerates."""
    thirds = [fields(f"P{n}", "A", 10, 16.666666) for n in range(3)]
    assert choose_projects(small(*thirds), SOFT, limits=EXACT).levels[0].value == 0
    whole = [fields(f"P{n}", "A", 10, 16.666667) for n in range(3)]
    assert choose_projects(small(*whole), SOFT, limits=EXACT).levels[0].value == 1


def test_requires_excludes_and_years() -> None:
    """P2 lifts B but needs P3; in a later year P3 is no help; P1 and P2 exclude each other."""
    needs = (fields("P2", "B", 60, 100, requires=("P3",)), fields("P3", "C", 30, 0.5))
    assert codes(small(*needs)) == {"P2", "P3"}
    assert "P2" not in codes(small(*needs, money=80))
    years = small(*needs, year=2025)
    later = years.model_copy(
        update={
            "grants": (*years.grants, pot("H", 100, year=2026)),
            "projects": (needs[0], fields("P3", "C", 30, 0.5, "H")),
        }
    )
    assert "P2" not in codes(later)
    earlier = later.model_copy(
        update={"projects": (fields("P2", "B", 60, 100, "H", requires=("P3",)), needs[1])}
    )
    found = choose_projects(earlier, SOFT, limits=EXACT)
    assert [(row.project_id, row.grant_id, row.year) for row in found.chosen] == [
        ("P2", "H", 2026),
        ("P3", "G", 2025),
    ]
    one = small(fields("P1", "A", 10, 50, excludes=("P2",)), fields("P2", "B", 10, 100))
    assert choose_projects(one, SOFT, limits=EXACT).levels[0].value == 1


def test_wrong_purpose_school_or_price_is_no_candidate() -> None:
    other = fields("P1", "A", 10, 50).model_copy(update={"adds": Asset.MULTIMEDIA_ROOMS})
    assert not codes(small(other))
    assert not codes(small(fields("P1", "A", 10, 50), schools=("B",)))
    assert not codes(small(fields("P1", "A", 101, 50)))
    assert codes(small(fields("P1", "A", 10, 50), cap_per_pupil_yuan=Decimal("0.1"))) == {"P1"}
    assert not codes(small(fields("P1", "A", 11, 50), cap_per_pupil_yuan=Decimal("0.1")))


def test_guarantee_without_projects_cannot_be_kept() -> None:
    """Half of last year's 100 for C, which has no project."""
    district = small(fields("P1", "A", 10, 50), hold_harmless=0.5, year=2025).model_copy(
        update={
            "received": (Received(school_id="C", grant_id="G", year=2024, amount_yuan=Decimal(100)),),
        }
    )
    plan = choose_projects(district, SOFT, limits=EXACT)
    assert (plan.status, plan.chosen, plan.levels) == ("infeasible", (), ())


def test_nothing_to_choose_and_nothing_there() -> None:
    plan = choose_projects(small(), SOFT, limits=EXACT)
    assert (plan.status, plan.chosen) == ("optimal", ())
    bare = small(fields("P1", "A", 40, 50), fields("P2", "B", 60, 100))
    bare = bare.model_copy(
        update={"schools": tuple(s.model_copy(update={"sports_area_m2": 0.0}) for s in bare.schools)}
    )
    agrees_with_every_subset(bare, SOFT)


def test_equipment_already_split_counts() -> None:
    """100 pupils need 200,000 yuan: 150,000 + 30,000 by another grant + 20,000 by the project."""
    district = District(
        schools=(primary("A", 100, equipment_yuan=Decimal(150000)),),
        grants=(
            pot("G", 20000, purpose=Purpose.EQUIPMENT),
            pot("E", 30000, purpose=Purpose.EQUIPMENT, rule=SplitRule.FORMULA),
        ),
        projects=(fields("P", "A", 20000, 20000).model_copy(update={"adds": Asset.EQUIPMENT_YUAN}),),
    )
    paid = (Amount("E", "A", Decimal(30000)),)
    assert choose_projects(district, SOFT, amounts=paid, limits=EXACT).levels[0].value == 1
    assert choose_projects(district, SOFT, limits=EXACT).levels[0].value == 0


def agrees_with_every_subset(district: District, policy: Policy) -> None:
    """The best of all subsets that the checker lets pass: most lifted, then the smallest t."""
    best: tuple[float, float] | None = None
    for size in range(len(district.projects) + 1):
        for picked in combinations(district.projects, size):
            judgement = judged(district, policy, picked)
            if judgement.passed:
                value = (-judgement.levels["projects.lifted"], judgement.levels.get("projects.t", 0.0))
                best = value if best is None else min(best, value)
    plan = choose_projects(district, policy, limits=EXACT)
    if best is None:
        assert plan.status == "infeasible"
        return
    assert plan.status == "optimal"
    found = {row.project_id for row in plan.chosen}
    judgement = judged(district, policy, tuple(p for p in district.projects if p.project_id in found))
    assert judgement.passed, judgement.broken
    lifted, t = plan.levels
    assert judgement.levels["projects.lifted"] == lifted.value == lifted.bound == -best[0]
    assert judgement.levels.get("projects.t", 0.0) == pytest.approx(t.value, abs=1e-12)
    assert t.value == pytest.approx(best[1], rel=2e-6)
    assert t.bound is not None
    assert t.bound <= best[1] + 1e-9


@pytest.mark.parametrize("seed", range(10))
def test_every_subset(seed: int) -> None:
    agrees_with_every_subset(drawn(seed), SOFT)


@pytest.mark.parametrize("seed", range(10, 16))
def test_every_subset_under_hard_limits(seed: int) -> None:
    agrees_with_every_subset(drawn(seed), HARD)


@pytest.mark.parametrize("seed", range(3))
def test_a_second_solver_finds_the_same_optimum(seed: int) -> None:
    """CBC on the same PuLP model; HiGHS on the file that PuLP exports."""
    district = drawn(seed)
    best = choose_projects(district, SOFT, limits=EXACT).levels[0].value
    assert second_optimum(lifting_problem(district, SOFT)) == pytest.approx(best)


def test_exported_file_gives_the_same_optimum(tmp_path: Path) -> None:
    district = drawn(3)
    file = tmp_path / "projects.mps"
    export_mps(district, SOFT, file)
    assert "take_P0" in file.read_text()
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.readModel(str(file))
    highs.run()
    best = choose_projects(district, SOFT, limits=EXACT).levels[0].value
    assert -highs.getObjectiveValue() == pytest.approx(best)


def test_readable_models_say_how_they_ended() -> None:
    """Infeasible, stopped before the start, and a maximum with its bound, a constant included."""
    problem = pulp.LpProblem("p", pulp.LpMaximize)
    x = problem.add_variable("x", 0, 5, cat="Integer")
    problem += 2 * x + 1
    problem += 2 * x <= 7
    limits = Limits()
    found = solve_readable(problem, limits, StopSignal(limits))
    assert found.outcome == "optimal"
    assert found.bound == pytest.approx(7)
    assert found.values
    assert found.values["x"] == pytest.approx(3)
    stopped = StopSignal(limits)
    stopped.request()
    assert solve_readable(problem, limits, stopped).outcome == "stopped"
    problem += x >= 4
    assert solve_readable(problem, limits, StopSignal(limits)).outcome == "infeasible"
    assert second_optimum(problem) is None
    assert choose_projects(small(fields("P1", "A", 1, 50)), SOFT, stop=stopped).status == "unknown"


def test_tangents_find_the_same_choice_as_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where packages are too many: every subset all the same."""
    monkeypatch.setattr("allocator.funding.projects_packages.MOST_PACKAGES", 1)
    agrees_with_every_subset(drawn(5), SOFT)
    agrees_with_every_subset(drawn(11), HARD)


@pytest.mark.parametrize("seed", range(20))
def test_packages_are_the_subsets_that_ties_allow(seed: int) -> None:
    """Seven projects with ties drawn, circles and ties with others among them: against every subset."""
    draw = Random(seed)
    known = "ABCDEFG"
    pairs = [(a, b) for a in (*known, "X") for b in (*known, "X") if a != b]
    requires, excludes = draw.sample(pairs, 5), draw.sample(pairs, 3)
    if seed % 2:
        requires += [("A", "B"), ("B", "A")]
    wanted = {
        frozenset(chosen)
        for size in range(len(known) + 1)
        for chosen in combinations(known, size)
        if not any(a in chosen and b in known and b not in chosen for a, b in requires)
        and not any(a in chosen and b in chosen for a, b in excludes)
    }
    found = packages_of(known, requires, excludes)
    assert found is not None
    assert len(found) == len(wanted)
    assert set(found) == wanted


def test_too_many_packages_are_not_written_out() -> None:
    """Ten projects without ties have 1,024 packages, eleven too many; a chain of forty has only 41."""
    codes = [f"P{n:02d}" for n in range(40)]
    assert len(packages_of(codes[:10], (), ()) or ()) == 1024
    assert packages_of(codes[:11], (), ()) is None
    chain = list(zip(codes[1:], codes, strict=False))
    assert len(packages_of(codes, chain, ()) or ()) == 41


class Impatient(StopSignal):
    """Asks for a stop when it has been looked at so many times."""

    left = 0

    @property
    def now(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize("looks", [*range(1, 12), 20, 40])
def test_a_search_that_is_cut_off_says_only_what_it_knows(looks: int) -> None:
    """Whenever it ends, the bound is not over the optimum, nor the value under it."""
    district = drawn(7)
    best = choose_projects(district, SOFT, limits=EXACT).levels[1].value
    stop = Impatient(EXACT)
    stop.left = looks
    plan = choose_projects(district, SOFT, limits=EXACT, stop=stop)
    if plan.levels:
        level = plan.levels[1]
        assert level.bound is not None
        assert level.bound <= best + 1e-9
        assert level.value >= best - 1e-9
        assert plan.status == ("optimal" if (level.gap or 0.0) <= EXACT.gap else "feasible")


@pytest.mark.parametrize("seed", range(3))
def test_a_second_solver_finds_no_smaller_t(seed: int) -> None:
    """CBC on the model of the second level: a choice just above the proven T, none just under it."""
    district = drawn(seed)
    plan = choose_projects(district, SOFT, limits=EXACT)
    lifted, least = int(plan.levels[0].value), plan.levels[1].value ** 2
    search = Search(collect_projects(district, SOFT), SOFT, EXACT, StopSignal(EXACT))
    add_knots(search, frozenset(row.project_id for row in plan.chosen))
    ranges = tuple(knots.ends for knots in search.knots.values())
    above = second_optimum(spread_model(search, least * 1.001, lifted, ranges, 1e-5).problem)
    assert above is not None
    assert above <= 0
    assert second_optimum(spread_model(search, least * 0.998, lifted, ranges, 1e-5).problem) is None


@pytest.mark.parametrize(("money", "lifted"), [(60, 1), (100, 2)])
def test_codes_that_a_file_cannot_hold_have_names_of_their_own(money: int, lifted: int, tmp_path: Path) -> None:
    """P-1, P_1 and "P 1" would be one name in an MPS file: a choice would be mixed up, or a traceback."""
    projects = (fields("P-1", "A", 40, 50), fields("P_1", "B", 60, 100), fields("P 1", "B", 60, 100))
    district = small(*projects, money=money)
    agrees_with_every_subset(district, SOFT)
    assert choose_projects(district, SOFT, limits=EXACT).levels[0].value == lifted
    export_mps(district, SOFT, tmp_path / "projects.mps")
    text = (tmp_path / "projects.mps").read_text()
    assert all(f"take_{name} " in text for name in ("P_1", "P_1_2", "P_1_3"))


def test_names_are_codes_wherever_they_can_be() -> None:
    """The plain code keeps its own name, whatever the order."""
    found = readable_names(["A 1", "A_1", "A-1", "项目.2"])
    assert found == {"A_1": "A_1", "A 1": "A_1_2", "A-1": "A_1_3", "项目.2": "项目.2"}
