"""Learning districts of more towns than can be gone through: legal, repeatable, and bounds that hold."""

from __future__ import annotations

import random
from itertools import product

import pytest

from allocator.alliance import districts as drawing
from allocator.alliance import regions
from allocator.alliance.division_bounds import least_borders, least_deviation, least_metres
from allocator.alliance.regions import Fairness, Regions
from allocator.alliance.schools import collect
from allocator.alliance.towns import Bond, Towns, candidates, collect_towns
from allocator.alliances import AllianceDecision, form_alliances
from allocator.domain.alliance_records import Town
from allocator.domain.choices import SchoolKind
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.domain.records import School
from allocator.domain.run import Limits, StopSignal
from allocator.indicators import measure
from allocator.io.policies import load_policy
from allocator.partners import explain_division
from tests.alliance.alliance_cases import DEGREE_KM, district, school
from tests.alliance.test_alliance_districts import line, random_county

POLICY = load_policy()
NO_LIMIT = StopSignal(Limits())


def grid(rows: int, columns: int, seed: int = 1) -> District:
    """Towns of a grid, 6 km apart, with one to three schools each."""
    draw = random.Random(seed)
    towns: list[Town] = []
    schools: list[School] = []
    for r, c in product(range(rows), range(columns)):
        name, near = f"T{r}{c}", []
        near += [f"T{r}{c + 1}"] if c + 1 < columns else []
        near += [f"T{r + 1}{c}"] if r + 1 < rows else []
        towns.append(
            Town(town=name, lon=100 + c * 6 / DEGREE_KM, lat=r * 6 / DEGREE_KM, neighbours=tuple(near))
        )
        for _ in range(draw.randint(1, 3)):
            kind = draw.choice((SchoolKind.PRIMARY, SchoolKind.JUNIOR, SchoolKind.NINE_YEAR))
            grade = "pupils_g7" if kind is SchoolKind.JUNIOR else "pupils_g1"
            pupils = {grade: draw.randint(100, 900)}
            code = f"S{len(schools):03d}"
            schools.append(school(code, quality=draw.randint(0, 100), kind=kind, town=name, **pupils))
    return district(schools, towns=tuple(towns))


def towns_of(tables: District) -> Towns:
    return collect_towns(tables, collect(tables, POLICY, measure(tables, POLICY)))


@pytest.fixture
def few_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if even small counties had too many sets."""
    monkeypatch.setattr(drawing, "MOST_SETS", (0, 0))
    monkeypatch.setattr(regions, "STARTS", 4)


def drawn(tables: District, count: int, **limits: float) -> AllianceDecision:
    return form_alliances(tables, POLICY, form="district", districts=count, **limits)  # type: ignore[arg-type]  # limits by name


def test_more_sets_than_can_be_gone_through_have_a_plan(few_sets: None) -> None:
    """25 towns in 4 districts: legal by the checker, the same twice, and never better than its bounds."""
    first = drawn(grid(5, 5), 4, max_pupil_deviation=0.15, max_strong_deviation=0.2)
    assert first.check is not None
    assert first.check.passed
    assert [w.key for w in first.warnings] == ["groups.searched"]
    for level in first.levels:
        assert level.bound is not None
        assert 0 < level.bound <= level.value
    again = drawn(grid(5, 5), 4, max_pupil_deviation=0.15, max_strong_deviation=0.2)
    assert again.plan == first.plan


@pytest.mark.parametrize("limits", [{}, {"max_pupil_deviation": 0.3, "max_strong_deviation": 0.2}])
def test_search_against_going_through_all(monkeypatch: pytest.MonkeyPatch, limits: dict[str, float]) -> None:
    """No bound lies above the optimum, no value below; a plan wherever there is one, mostly the best."""
    exact = {seed: drawn(random_county(seed), 2, **limits) for seed in range(16)}
    monkeypatch.setattr(drawing, "MOST_SETS", (0, 0))
    monkeypatch.setattr(regions, "STARTS", 4)
    plans = best = 0
    for seed, wanted in exact.items():
        found = drawn(random_county(seed), 2, **limits)
        if wanted.plan is None:
            assert found.plan is None
            assert found.status in (Status.UNKNOWN, Status.INFEASIBLE)
            continue
        assert found.plan is not None, seed
        plans += 1
        best += all(a.value == pytest.approx(b.value) for a, b in zip(found.levels, wanted.levels, strict=True))
        for level, true in zip(found.levels, wanted.levels, strict=True):
            assert level.bound is not None
            assert level.bound <= true.value + 1e-9, (seed, level.name)
            if level.value != pytest.approx(true.value):
                assert level.value > true.value
                break
    assert plans >= 3
    assert best >= plans - 2


def test_bounds_by_hand() -> None:
    """A row of four towns, 10 km apart, 100 pupils each, in two districts: 1 border, 20 km, pupils 0.

    With 101 pupils in one of them a district has 201 of 401, 1 / 401 off. In a ring of four
    there are 2 borders, where k - 1 gives 1.
    """
    towns = towns_of(line((100, 100, 100, 100)))
    fair = Fairness(2, 0.0, None)
    search = Regions(towns, fair, 0, NO_LIMIT)
    search.search()
    assert search.met == {0b0011, 0b1100}
    assert least_borders(towns, fair, sorted(search.met), Limits(), NO_LIMIT).borders == 1
    assert least_metres(towns, fair, Limits(), NO_LIMIT) == pytest.approx(20_000, abs=5)
    assert least_deviation(towns, 2) == 0
    assert least_deviation(towns_of(line((101, 100, 100, 100))), 2) == pytest.approx(1 / 401)
    assert least_deviation(towns_of(line((400, 100, 100))), 2) == pytest.approx(1 / 3)
    ring = line((100, 100, 100, 100))
    closed = ring.towns[0].model_copy(update={"neighbours": ("B", "D")})
    ringed = towns_of(ring.model_copy(update={"towns": (closed, *ring.towns[1:])}))
    search = Regions(ringed, fair, 0, NO_LIMIT)
    search.search()
    assert least_borders(ringed, fair, sorted(search.met), Limits(), NO_LIMIT).borders == 2


def test_every_set_met_may_be_a_district() -> None:
    """Contiguous, with every stage, inside the limits, and true to a bond; plans are partitions."""
    tables = grid(4, 4)
    towns = towns_of(tables)
    bond = Bond(0, 15, together=False)
    search = Regions(towns, Fairness(3, 0.25, 0.3, bond), 5, NO_LIMIT)
    search.search()
    assert search.plans
    own = candidates(towns, 3, 0.25, sorted(search.met))
    assert len(own) == len(search.met)
    assert own.strong.max() <= 0.3
    assert all(bond.held(s) and search.pieces(s) == 1 for s in search.met)
    for plan in search.plans:
        assert sum(plan) == (1 << 16) - 1


def test_no_plan_met_is_said(few_sets: None) -> None:
    decision = drawn(line((300, 400, 300)), 2, max_pupil_deviation=0.1)
    assert decision.status is Status.UNKNOWN
    assert [w.key for w in decision.warnings] == ["groups.too_many_sets"]


def test_explanations_of_plans_that_were_searched(few_sets: None) -> None:
    """Joined by the search too; nothing is called proven that is not."""
    tables = grid(4, 4)
    decision = drawn(tables, 3, max_pupil_deviation=0.25, max_strong_deviation=0.4)
    assert decision.plan is not None
    other = next(t for t, code in decision.plan.districts.items() if code != decision.plan.districts["T00"])
    answer = explain_division(tables, decision.plan, "T00", other, POLICY, request=decision.request)
    assert answer.resolved is not None
    assert answer.resolved.end == "found"
    assert answer.resolved.partners is not None
    assert other in answer.resolved.partners["T00"]
