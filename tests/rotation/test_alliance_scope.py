"""R13 within alliances by hand: a school in several alliances, codes used by two forms, a school in none."""

from __future__ import annotations

import itertools

from allocator.checking.facts import Facts
from allocator.checking.rules_place import inside_scope
from allocator.domain.alliance_records import Membership
from allocator.domain.choices import AllianceForm, AllianceRole, SchoolKind
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.policy import Policy, RotationPolicy
from allocator.domain.records import School
from allocator.rotation.places import places

WITHIN = Policy(id="within", rotation=RotationPolicy(scope="alliance"))
JOINED = {frozenset("AB"), frozenset("BC"), frozenset("CD")}
"""Pair 1 holds A and B, hub 1 holds C and D, chain 2 holds B and C; E is in none."""


def town() -> District:
    """Five schools at one place."""
    rows = [(AllianceForm.PAIR, "1", "AB"), (AllianceForm.HUB, "1", "CD"), (AllianceForm.CHAIN, "2", "BC")]
    return District(
        schools=tuple(School(school_id=s, kind=SchoolKind.PRIMARY, lon=117, lat=39) for s in "ABCDE"),
        memberships=tuple(
            Membership(alliance_id=code, form=form, school_id=s, role=AllianceRole.MEMBER)
            for form, code, schools in rows
            for s in schools
        ),
    )


def test_the_model_joins_only_schools_of_one_alliance() -> None:
    """Codes not told apart by form would join A and C; so would being together if it were passed on."""
    allowed = places(town(), WITHIN).allowed
    for (i, a), (j, b) in itertools.permutations(enumerate("ABCDE"), 2):
        assert allowed[i, j] == (frozenset((a, b)) in JOINED), (a, b)


def test_the_checker_joins_the_same_schools() -> None:
    inside = inside_scope(Facts(town(), WITHIN, (), Month.of(2026, 8)))
    for a, b in itertools.permutations("ABCDE", 2):
        assert inside(a, b) == (frozenset((a, b)) in JOINED), (a, b)
