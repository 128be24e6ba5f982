"""Learning districts: contiguous, with every stage, within the limits; one planted breach each is found.

Six towns in a row, 0.1 degrees (11.119 km) apart: t1 - t2 - t3 - t4 - t5 - t6. Each has a primary school of 100
pupils, t1 and t6 a nine-year school instead with 100 + 60. Plan: t1-t3 and t4-t6.
"""

from __future__ import annotations

from typing import Any

import pytest

from allocator.checking import Terms, check_alliances
from allocator.domain.alliance import Alliances
from allocator.domain.alliance_records import Town
from allocator.domain.choices import SchoolKind
from allocator.domain.district import District
from allocator.domain.plan import Judgement, Violation
from allocator.domain.policy import Policy
from allocator.domain.records import School

GOOD = {"t1": "W", "t2": "W", "t3": "W", "t4": "E", "t5": "E", "t6": "E"}


def county(**changed: int) -> District:
    towns, schools = [], []
    for n in range(1, 7):
        # Only one of two neighbours names the other, in the south the first, in the north the second.
        near = {1: ("t2",), 2: ("t3",), 3: ("t4",), 5: ("t4",), 6: ("t5",)}.get(n, ())
        towns.append(Town(town=f"t{n}", lon=117, lat=39 + n / 10, neighbours=near))
        ends = n in (1, 6)
        pupils: dict[str, Any] = {"pupils_g1": changed.get(f"t{n}", 100)} | ({"pupils_g7": 60} if ends else {})
        schools.append(
            School(
                school_id=f"s{n}",
                kind=SchoolKind.NINE_YEAR if ends else SchoolKind.PRIMARY,
                town=f"t{n}",
                learning_district="W" if n < 4 else "E",
                quality=50 + n,
                **pupils,
            )
        )
    return District(schools=tuple(schools), towns=tuple(towns))


def check(plan: dict[str, str], district: District | None = None, **terms: Any) -> Judgement:
    return check_alliances(
        district or county(), Policy(id="test"), Alliances("district", districts=plan), terms=Terms(**terms)
    )


def only(verdict: Judgement) -> Violation:
    (violation,) = verdict.broken
    assert violation.text("zh")
    assert violation.text("en")
    return violation


def test_good_districts_pass_with_their_levels() -> None:
    """One border is cut; each district's centre is its middle town, 2 x 11.119 km away from two: 44.478 km."""
    verdict = check(GOOD, districts=2, max_pupil_deviation=0.0)
    assert verdict.passed
    assert verdict.levels == verdict.levels_before
    assert (verdict.levels["cut"], verdict.levels["pupils"]) == (1, 0)
    assert verdict.levels["distance"] == pytest.approx(44.478, abs=0.01)


def test_strong_share_by_hand() -> None:
    """Six primary sections: s6, s5, s4 strong; two junior: s6. East 4 of 4, all 4 of 8: half apart."""
    verdict = check(GOOD, max_strong_deviation=0.3)
    assert verdict.levels["strong"] == 0.5
    assert [(v.key, v.amount) for v in verdict.broken] == [("districts_strong", 20)] * 2


def test_number_of_districts() -> None:
    found = only(check(GOOD, districts=4))
    assert (found.key, found.amount) == ("districts_count", 2)


def test_a_split_district() -> None:
    """W holds t1, t2 and t5, E the others: W has two pieces, E has t3, t4 and t6: two as well."""
    verdict = check(GOOD | {"t3": "E", "t5": "W"})
    assert [(v.key, v.subject, v.amount) for v in verdict.broken] == [
        ("districts_split", "E", 1),
        ("districts_split", "W", 1),
    ]


def test_a_stage_that_is_missing() -> None:
    """Three districts of two towns: the middle one has no junior section."""
    found = only(check({"t1": "a", "t2": "a", "t3": "b", "t4": "b", "t5": "c", "t6": "c"}))
    assert (found.key, found.subject, found.unit) == ("districts_stage", "b", "sections")


def test_pupils_beyond_the_limit() -> None:
    """t2 with 220 makes 480 to 360: 14.286 % off the mean of 420, 4.286 points over 10."""
    verdict = check(GOOD, county(t2=220), max_pupil_deviation=0.1)
    assert [(v.key, v.amount) for v in verdict.broken] == [("districts_pupils", 4.286)] * 2


def test_towns_missing_and_unknown() -> None:
    missing = {town: code for town, code in GOOD.items() if town != "t3"}
    assert only(check(missing)).subject == "t3"
    assert check(missing).rules[0].achieved["outside"] == 1
    assert only(check(GOOD | {"t9": "E"})).key == "districts_unknown_town"
