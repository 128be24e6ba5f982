"""Planted breaches of F1-F8, each caught with the exact amount. The case, easy to check by hand:

    A primary urban 200 pupils      floor 200 x 720 = 144,000
    B primary village 50, 10 boarders, 2 inclusive   98 x 720 + 2 x 6000 + 10 x 300 = 85,560 (as if 100 pupils)
    C nine-year village 60 + 30     100 x (60 x 720 + 30 x 940) / 90 = 79,333.33, so 79,334
    D junior urban 100              94,000

Grants: G1 operating 450,000 by formula; G2 equipment 100,000 by balance, 90 to 800 yuan a pupil, half of last
year guaranteed (A: 40,000 in 2024, so 20,000), unit 100; G3 sports fields by projects, at most 60,000.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.checking import check_funding
from allocator.checking.formula import Term, furthest, solve_formula
from allocator.checking.money import sections
from allocator.checking.operating import operating_floor
from allocator.checking.spread import root, squared_cvs, total
from allocator.domain.choices import Asset, Purpose, SchoolKind, Setting, SplitRule, Stage
from allocator.domain.district import District
from allocator.domain.funding import Amount, Chosen, Split
from allocator.domain.money_records import Grant, Project, Received
from allocator.domain.plan import Judgement, Violation
from allocator.domain.policy import FundingPolicy, Mode, Policy
from allocator.domain.records import School
from allocator.domain.whole import distance, plain

P, J = Stage.PRIMARY, Stage.JUNIOR


def school(
    code: str, kind: SchoolKind, primary: int | None = None, junior: int | None = None, **more: Any
) -> School:
    return School(school_id=code, kind=kind, pupils_g1=primary, pupils_g7=junior, **more)


def money(code: str, amount: int, purpose: Purpose, rule: SplitRule, **more: Any) -> Grant:
    return Grant(grant_id=code, amount_yuan=Decimal(amount), purpose=purpose, rule=rule, **more)


@dataclass(frozen=True)
class Case:
    district: District
    policy: Policy
    split: Split

    def check(self, *grants: str) -> Judgement:
        return check_funding(self.district, self.policy, self.split, grants or None)

    def only(self, rule: str) -> Violation:
        """Return the one violation, which must be of this rule, and say it in both languages."""
        found = self.check().violations
        assert [v.rule for v in found] == [rule], [v.text("en") for v in found]
        assert found[0].text("zh")
        assert found[0].text("en")
        return found[0]

    def amount(self, grant: str, code: str, **values: Any) -> Case:
        rows = tuple(
            replace(r, **values) if (r.grant_id, r.school_id) == (grant, code) else r
            for r in self.split.amounts
        )
        return replace(self, split=replace(self.split, amounts=rows))

    def pay(self, grant: str, code: str, change: int) -> Case:
        row = next(r for r in self.split.amounts if (r.grant_id, r.school_id) == (grant, code))
        return self.amount(grant, code, amount_yuan=row.amount_yuan + change)

    def choose(self, *rows: Chosen) -> Case:
        return replace(self, split=replace(self.split, chosen=rows))

    def add(self, *rows: Amount) -> Case:
        return replace(self, split=replace(self.split, amounts=(*self.split.amounts, *rows)))

    def grant(self, code: str, **values: Any) -> Case:
        rows = tuple(g.model_copy(update=values) if g.grant_id == code else g for g in self.district.grants)
        return replace(self, district=self.district.model_copy(update={"grants": rows}))

    def project(self, code: str, **values: Any) -> Case:
        rows = tuple(p.model_copy(update=values) if p.project_id == code else p for p in self.district.projects)
        return replace(self, district=self.district.model_copy(update={"projects": rows}))

    def switch(self, rule: str, mode: Mode) -> Case:
        rules = self.policy.rules.model_copy(update={rule: mode})
        return replace(self, policy=self.policy.model_copy(update={"rules": rules}))


def _row(grant: str, code: str, amount: int, training: int = 0) -> Amount:
    return Amount(grant, code, Decimal(amount), Decimal(training))


def _built(code: str, school_id: str, cost: int) -> Chosen:
    return Chosen(code, school_id, "G3", Decimal(cost), 2025)


def _project(code: str, at: str, cost: int, amount: float, **more: Any) -> Project:
    return Project(
        project_id=code,
        school_id=at,
        grant_id="G3",
        cost_yuan=Decimal(cost),
        adds=Asset.SPORTS_AREA_M2,
        amount=amount,
        **more,
    )


DISTRICT = District(
    schools=(
        school("A", SchoolKind.PRIMARY, 200, setting=Setting.URBAN, equipment_yuan=300000, sports_area_m2=1400),
        school(
            "B",
            SchoolKind.PRIMARY,
            50,
            setting=Setting.VILLAGE,
            boarders=10,
            special_pupils=2,
            equipment_yuan=50000,
            sports_area_m2=350,
        ),
        school(
            "C", SchoolKind.NINE_YEAR, 60, 30, setting=Setting.VILLAGE, equipment_yuan=90000, sports_area_m2=700
        ),
        school(
            "D", SchoolKind.JUNIOR, junior=100, setting=Setting.URBAN, equipment_yuan=150000, sports_area_m2=900
        ),
    ),
    grants=(
        money("G1", 450000, Purpose.OPERATING, SplitRule.FORMULA, year=2025),
        money(
            "G2",
            100000,
            Purpose.EQUIPMENT,
            SplitRule.BALANCE,
            year=2025,
            floor_per_pupil_yuan=Decimal(90),
            cap_per_pupil_yuan=Decimal(800),
            hold_harmless=0.5,
            unit_yuan=Decimal(100),
        ),
        money("G3", 60000, Purpose.SPORTS_AREA, SplitRule.PROJECTS, year=2025),
    ),
    received=(
        Received(school_id="A", grant_id="G2", year=2023, amount_yuan=Decimal(90000)),
        Received(school_id="A", grant_id="G2", year=2024, amount_yuan=Decimal(40000)),
        Received(school_id="A", grant_id="G2", year=2025, amount_yuan=Decimal(95000)),
    ),
    projects=(
        _project("P1", "A", 20000, 100),
        _project("P2", "B", 15000, 25.5),
        _project("P3", "D", 30000, 120, requires=("P2",)),
        _project("P4", "D", 10000, 50, excludes=("P3",)),
    ),
)
SPLIT = Split(
    (
        _row("G1", "A", 160000, 9000),
        _row("G1", "B", 95000, 4750),
        _row("G1", "C", 90000, 5000),
        _row("G1", "D", 105000, 7000),
        _row("G2", "A", 20000),
        _row("G2", "B", 30000),
        _row("G2", "C", 20000),
        _row("G2", "D", 30000),
    ),
    (_built("P2", "B", 15000),),
)
CASE = Case(DISTRICT, Policy(id="test"), SPLIT).switch("F6", Mode.OFF)
"""Balance, which nearly every change of an amount touches, is tested by itself."""


def test_the_case_obeys_every_rule() -> None:
    judgement = CASE.check()
    assert not judgement.violations, [v.text("en") for v in judgement.violations]
    assert [a.rule for a in judgement.rules] == [f"F{n}" for n in range(1, 9)]
    assert {a.rule: a.verdict for a in judgement.rules if a.verdict != "met"} == {"F6": "off"}


def test_operating_floors_by_hand() -> None:
    """Without the minimum of 100 pupils B would be 34,560 + 15,000; with one rate C 72,000 or 94,000."""
    found = [operating_floor(s, FundingPolicy()) for s in DISTRICT.schools]
    assert found == [144000, 85560, Fraction(238000, 3), 94000]


@pytest.mark.parametrize(
    ("case", "rule", "key", "amount", "subject"),
    [
        (CASE.pay("G1", "A", 1), "F1", "F1_over", 1, "G1"),
        (CASE.pay("G1", "D", -7), "F1", "F1_short", 7, "G1"),
        (CASE.grant("G2", amount_yuan=Decimal(100050)).pay("G2", "A", 50), "F1", "F1_unit", 50, "G2/A"),
        (CASE.pay("G1", "A", -16001).pay("G1", "D", 16001), "F3", "F3_below", 1, "G1/A"),
        (CASE.pay("G1", "C", -10667).pay("G1", "A", 10667), "F3", "F3_below", 1, "G1/C"),
        (CASE.pay("G2", "C", -12000).pay("G2", "D", 12000), "F4", "F4_below", 100, "G2/C"),
        (CASE.pay("G2", "B", 10200).pay("G2", "C", -10200), "F4", "F4_above", 200, "G2/B"),
        (CASE.pay("G2", "A", -100).pay("G2", "C", 100), "F5", "F5_below", 100, "G2/A"),
        (CASE.amount("G1", "B", training_yuan=Decimal("4749.25")), "F7", "F7_few", 0.75, "G1/B"),
        (CASE.amount("G1", "B", training_yuan=Decimal(95001)), "F7", "F7_more", 1, "G1/B"),
        (CASE.amount("G2", "B", training_yuan=Decimal(3)), "F7", "F7_elsewhere", 3, "G2/B"),
        (CASE.choose(_built("P2", "B", 14000)), "F8", "F8_cost", 1000, "P2"),
        (CASE.choose(_built("P3", "D", 30000)), "F8", "F8_requires", 1, "P3;P2"),
        (CASE.choose(_built("P2", "A", 15000)), "F8", "F8_school", 1, "P2"),
        (CASE.choose(replace(_built("P2", "B", 15000), year=2026)), "F8", "F8_year", 1, "P2"),
        (CASE.choose(_built("P2", "B", 15000), _built("PX", "B", 5)), "F8", "F8_unknown", 1, "PX"),
        (CASE.choose(*[_built("P2", "B", 15000)] * 2), "F8", "F8_repeated", 1, "P2"),
        (CASE.project("P2", adds=Asset.EQUIPMENT_YUAN), "F2", "F2_purpose", 15000, "P2"),
        (CASE.grant("G3", amount_yuan=Decimal(14000)), "F1", "F1_over", 1000, "G3"),
        (CASE.add(_row("G3", "B", 15001)), "F1", "F1_projects", 1, "G3/B"),
        (CASE.add(_row("G9", "B", 12)), "F2", "F2_grant", 12, "G9/B"),
    ],
)
def test_planted_breach_is_caught_with_its_amount(
    case: Case, rule: str, key: str, amount: float, subject: str
) -> None:
    """A rule that is not looked at finds nothing; one in whole yuan misses 0.75, one in floats C's third."""
    found = case.only(rule)
    assert (found.key, found.amount, found.subject) == (key, amount, subject)


def test_money_outside_the_grant() -> None:
    """B gets 30,000 from a grant that is for A, C and D only."""
    case = CASE.grant("G2", schools=("A", "C", "D"))
    assert [(v.key, v.amount) for v in case.check().violations] == [("F2_school", 30000)]


def test_grants_asked_for_are_the_plan() -> None:
    """With G1 alone, G2 and the project are strangers; with all, a missing G1 is short by all of it."""
    found = CASE.check("G1").violations
    assert sorted({v.key for v in found}) == ["F2_grant"]
    assert sum(v.amount for v in found) == 115000
    alone = replace(CASE, split=Split(SPLIT.amounts[4:], SPLIT.chosen))
    assert not check_funding(DISTRICT, CASE.policy, alone.split, ["G2", "G3"]).violations
    short = [v for v in alone.check().violations if v.rule == "F1"]
    assert [(v.subject, v.amount) for v in short] == [("G1", 450000)]


def test_excluded_and_late_projects() -> None:
    both = CASE.choose(_built("P2", "B", 15000), _built("P3", "D", 30000), _built("P4", "D", 10000))
    assert both.only("F8").key == "F8_excludes"
    later = money("G4", 50000, Purpose.SPORTS_AREA, SplitRule.PROJECTS, year=2027)
    case = replace(both, district=DISTRICT.model_copy(update={"grants": (*DISTRICT.grants, later)}))
    case = case.project("P2", grant_id="G4").choose(
        Chosen("P2", "B", "G4", Decimal(15000), 2027), _built("P3", "D", 30000)
    )
    found = case.only("F8")
    assert (found.key, found.amount, found.unit) == ("F8_later", 2, "years")


def test_row_twice_and_negative() -> None:
    case = CASE.pay("G1", "A", -5).add(_row("G1", "A", 5, 1))
    assert [v.key for v in case.check().violations] == ["F1_repeated"]
    case = CASE.grant("G2", floor_per_pupil_yuan=None, hold_harmless=None)
    case = case.pay("G2", "A", -20100).pay("G2", "C", 20100)
    assert {v.key: v.amount for v in case.check().violations} == {"F1_negative": 100}


FIVE = District(
    schools=tuple(
        school(code, SchoolKind.PRIMARY, n, equipment_yuan=0)
        for code, n in zip("ABCDE", (45, 37, 89, 76, 55), strict=True)
    ),
    grants=(money("G", 1913, Purpose.EQUIPMENT, SplitRule.BALANCE),),
)
BOOKS = Split(tuple(_row("G", code, n) for code, n in zip("ABCDE", (279, 137, 935, 160, 402), strict=True)))


def test_balance_is_weighted_by_pupils() -> None:
    """The published example: 0.51526 of five schools; without weights 0.48877, which would pass."""
    judgement = check_funding(FIVE, Policy(id="x"), BOOKS)
    (found,) = judgement.violations
    assert found.rule == "F6"
    assert found.amount == pytest.approx(0.01526, abs=5e-6)
    assert found.price == pytest.approx(15.26, abs=5e-3)
    assert judgement.passed
    assert judgement.levels["G.spread"] == pytest.approx(0.51526 / 0.5, abs=1e-5)
    hard = replace(Case(FIVE, Policy(id="x"), BOOKS)).switch("F6", Mode.HARD)
    assert [v.rule for v in hard.check().broken] == ["F6"]
    assert not hard.switch("F6", Mode.OFF).check().violations


def test_limit_is_compared_as_a_fraction() -> None:
    """Two schools of 1 pupil with 3 and 1 yuan: CV is exactly 1/2, to nine digits: 5e-8 more is too much."""
    district = District(
        schools=tuple(school(code, SchoolKind.PRIMARY, 1, equipment_yuan=0) for code in "AB"),
        grants=(money("G", 4 * 10**14, Purpose.EQUIPMENT, SplitRule.BALANCE),),
    )
    even = Split((_row("G", "A", 3 * 10**14), _row("G", "B", 10**14)))
    assert not check_funding(district, Policy(id="x"), even).violations
    hair = Split((_row("G", "A", 3 * 10**14 + 1), _row("G", "B", 10**14 - 1)))
    assert not check_funding(district, Policy(id="x"), hair).violations
    more = Split((_row("G", "A", 3 * 10**14 + 10**7), _row("G", "B", 10**14 - 10**7)))
    (found,) = check_funding(district, Policy(id="x"), more).violations
    assert found.amount == pytest.approx(1e7 / 2e14, rel=1e-6, abs=0)


def test_equipment_adds_to_what_is_there() -> None:
    """A has 1,000 yuan a pupil of equipment, B none. 100 each: CV from 1 to 1000 / 1200. All to A: wider."""
    district = District(
        schools=(
            school("A", SchoolKind.PRIMARY, 10, equipment_yuan=10000),
            school("B", SchoolKind.PRIMARY, 10, equipment_yuan=0),
            school("C", SchoolKind.PRIMARY, 10),
        ),
        grants=(
            money("G1", 2000, Purpose.EQUIPMENT, SplitRule.BALANCE, year=2025),
            money("G2", 4000, Purpose.EQUIPMENT, SplitRule.BALANCE, year=2026),
        ),
    )
    split = Split((_row("G1", "A", 1000), _row("G1", "B", 1000), _row("G2", "B", 4000)))
    judgement = check_funding(district, Policy(id="x"), split)
    assert judgement.levels_before["G1.spread"] == pytest.approx(2)
    assert judgement.levels["G1.spread"] == pytest.approx(2 * 10 / 12)
    assert judgement.levels["G2.spread"] == pytest.approx(2 * 6 / 16)
    wider = Split((_row("G1", "A", 2000), _row("G2", "B", 4000)))
    small = {"indicators": {"cv_limit_primary": 2.0}}
    found = check_funding(district, Policy.model_validate({"id": "x", **small}), wider).violations
    assert not found
    even = district.model_copy(
        update={
            "schools": tuple(s.model_copy(update={"equipment_yuan": Decimal(5000)}) for s in district.schools)
        }
    )
    (first,) = check_funding(even, Policy(id="x"), wider).violations[:1]
    assert (first.key, first.subject) == ("F6_wider", "G1/primary/I6")


def test_nine_year_school_is_split_by_weighted_pupils() -> None:
    """The published example: 166 + 210 pupils with 23,226 books are 23,226 / 397 = 58.50 a primary pupil."""
    nine = school("A", SchoolKind.NINE_YEAR, 166, 210)
    other = school("B", SchoolKind.PRIMARY, 166)
    parts = {s.school_id: sections(s, Policy(id="x")) for s in (nine, other)}
    squared = squared_cvs(parts, {"A": Fraction(23226), "B": Fraction(0)})
    assert squared[P] == 1
    even = squared_cvs(parts, {"A": Fraction(23226), "B": Fraction(23226 * 166, 397)})
    assert even[P] == 0


def test_levels_of_projects() -> None:
    """A has 7 m2 (of 7.5), B 7, C 700/93 = 7.53 and 8.28 (of 10.2), D 9; P1 makes A 7.5, P2 makes B 7.51."""
    case = CASE.choose(_built("P1", "A", 20000), _built("P2", "B", 15000))
    judgement = case.check()
    assert not judgement.violations
    assert judgement.levels["projects.lifted"] == 2
    assert judgement.levels_before["projects.lifted"] == 0
    values = [(7.5, 200), (7.51, 50), (700 / 93, 60)]
    mean = sum(v * n for v, n in values) / 310
    spread = sqrt(sum(n * (v - mean) ** 2 for v, n in values) / 310) / mean
    junior = [(700 * 1.1 / 93, 30), (9, 100)]
    middle = sum(v * n for v, n in junior) / 130
    wide = sqrt(sum(n * (v - middle) ** 2 for v, n in junior) / 130) / middle
    assert judgement.levels["projects.t"] == pytest.approx(max(spread / 0.5, wide / 0.45), rel=1e-9)


def test_closest_and_formula_levels() -> None:
    """Closest to 1 : 3 of 40 is 10 and 30; 12 and 28 are 4/1 + 4/2 away. B, new, would count as the mean."""
    district = District(
        schools=(school("A", SchoolKind.PRIMARY, 1), school("B", SchoolKind.PRIMARY, 2)),
        grants=(money("G", 40, Purpose.TRAINING, SplitRule.CLOSEST, year=2025),),
        received=tuple(
            Received(school_id=c, grant_id="G", year=2024, amount_yuan=Decimal(n))
            for c, n in (("A", 5), ("B", 15))
        ),
    )
    split = Split((_row("G", "A", 12), _row("G", "B", 28)))
    assert check_funding(district, Policy(id="x"), split).levels == {"G.change": 6}
    new = district.model_copy(update={"received": district.received[:1]})
    away = check_funding(new, Policy(id="x"), split).levels["G.change"]
    assert away == pytest.approx((12 - 40 / 3) ** 2 + (28 - 80 / 3) ** 2 / 2)
    terms = [Term(Fraction(10), Fraction(1), None), Term(Fraction(0), Fraction(2), Fraction(8))]
    assert solve_formula(terms, Fraction(16)) == 3
    assert solve_formula(terms, Fraction(20)) == 12
    assert solve_formula(terms, Fraction(9)) is None


codes = st.sampled_from("ABCD")


@settings(deadline=None, max_examples=40)
@given(taken=codes, given_to=codes, yuan=st.integers(1, 60000))
def test_moving_money_breaks_exactly_the_floors_it_undercuts(taken: str, given_to: str, yuan: int) -> None:
    """Sums stay right; F3 misses exactly what goes below the floor."""
    case = CASE.switch("F6", Mode.OFF).switch("F7", Mode.OFF).pay("G1", taken, -yuan).pay("G1", given_to, yuan)
    floors = {"A": 144000, "B": 85560, "C": 79334, "D": 94000}
    now = {r.school_id: r.amount_yuan for r in case.split.amounts if r.grant_id == "G1"}
    missing = {f"G1/{c}": float(low - now[c]) for c, low in floors.items() if now[c] < low}
    found = case.check().violations
    assert {v.subject: v.amount for v in found if v.rule == "F3"} == missing
    assert {v.rule for v in found} <= {"F3"}


@settings(deadline=None, max_examples=40)
@given(code=codes, yuan=st.integers(-60000, 60000))
def test_the_sum_is_right_to_the_yuan(code: str, yuan: int) -> None:
    found = [v for v in CASE.pay("G1", code, yuan).check().violations if v.rule == "F1"]
    assert [v.amount for v in found] == ([abs(yuan)] if yuan else [])


@settings(deadline=None, max_examples=40)
@given(marks=st.lists(st.integers(0, 20000), min_size=4, max_size=4))
def test_training_marks_are_measured(marks: list[int]) -> None:
    case = CASE
    for code, mark in zip("ABCD", marks, strict=True):
        case = case.amount("G1", code, training_yuan=Decimal(mark))
    least = dict(zip("ABCD", (8000, 4750, 4500, 5250), strict=True))
    expected = {f"G1/{c}": least[c] - m for c, m in zip("ABCD", marks, strict=True) if m < least[c]}
    assert {v.subject: v.amount for v in case.check().violations} == expected


numbers = st.integers(0, 1000).map(Fraction)
term = st.builds(
    lambda low, weight, more: Term(low, weight, None if more is None else low + more),
    numbers,
    st.integers(1, 50).map(Fraction),
    st.none() | numbers,
)


@settings(deadline=None, max_examples=40)
@given(terms=st.lists(term, min_size=1, max_size=6), share=st.fractions(0, 1))
def test_formula_has_the_right_sum_wherever_there_is_one(terms: list[Term], share: Fraction) -> None:
    low = sum((t.low for t in terms), Fraction(0))
    high = sum(((t.low + 500) if t.high is None else t.high for t in terms), Fraction(0))
    whole = low + share * (high - low)
    factor = solve_formula(terms, whole)
    assert factor is not None
    assert sum(t.amount(factor) for t in terms) == whole


weights = st.fractions(Fraction(1, 50), 50, max_denominator=90)
cents = st.integers(0, 10**5).map(lambda n: Fraction(n, 100))


@settings(deadline=None, max_examples=60)
@given(
    terms=st.lists(st.builds(Term, cents, weights, st.none()), min_size=1, max_size=6),
    more=cents,
    given_amounts=st.lists(cents, min_size=6, max_size=6),
)
def test_formula_in_cents_with_unlike_weights(
    terms: list[Term], more: Fraction, given_amounts: list[Fraction]
) -> None:
    """Common denominators change nothing: the sum is right to the last fraction, and so is the distance."""
    whole = sum(term.low for term in terms) + more
    factor = solve_formula(terms, whole)
    assert factor is not None
    assert sum(term.amount(factor) for term in terms) == whole
    pairs = list(zip(terms, given_amounts, strict=False))
    assert furthest(pairs, factor) == max(abs(given - term.amount(factor)) for term, given in pairs)


def test_turns_that_hardly_differ_keep_their_order() -> None:
    """Floors are left at 1/3 and 10^-40 after it, one turn in binary numbers; the sum is right on the way.

    Taken in the order of the terms, the factor would be past the second turn.
    """
    late = Fraction(1, 3) + Fraction(1, 10**40)
    terms = [Term(late * 9, 9, None), Term(Fraction(1), 3, None)]
    whole = Fraction(1) + late * 9 + 3 * Fraction(1, 10**41)
    factor = solve_formula(terms, whole)
    assert factor == Fraction(1, 3) + Fraction(1, 10**41)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.fractions(-1000, 1000, max_denominator=60), max_size=12))
def test_total_of_fractions(values: list[Fraction]) -> None:
    assert total((v.numerator, v.denominator) for v in values) == sum(values)


def test_root() -> None:
    assert root(Fraction(9, 4)) == 1.5
    assert root(Fraction(2, 10**30)) == pytest.approx(2**0.5 * 1e-15, rel=1e-15, abs=0)


def test_whole_amounts_stay_whole_and_others_exact() -> None:
    """Decimal 5.00 is the whole number 5; 0.1 is 1/10, which no binary number is."""
    assert type(plain(Decimal("5.00"))) is int
    assert plain(Fraction(6, 3)) == 2
    assert plain(Decimal("0.1")) == Fraction(1, 10)
    assert distance(3, Fraction(7, 2)) == distance(Fraction(7, 2), 3) == Fraction(1, 2)
