"""Hard edges: each gives a clear result or a clear sentence, and says who stays outside and why."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.alliances import alliance_network, form_alliances
from allocator.domain.choices import LinkKind, SchoolKind
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.errors import UsageError
from allocator.io.policies import load_policy
from allocator.text import LANGS
from tests.alliance.alliance_cases import district, link, school

POLICY = load_policy()


def reasons(tables: District, **asked: object) -> dict[str, str]:
    """Who stays outside, and why; every sentence reads in both languages."""
    decision = form_alliances(tables, POLICY, **asked)  # type: ignore[arg-type]  # keywords of the tests below
    for row in decision.outside:
        assert all("{" not in row.text(lang) for lang in LANGS)
    return {row.school_id: row.reason for row in decision.outside}


def test_an_odd_number() -> None:
    """Of 3, ceil(1.2) = 2 are strong: the lower one is paired, one strong school stays."""
    tables = district([school(c, quality=q) for c, q in (("A", 90), ("B", 80), ("C", 10))])
    assert reasons(tables) == {"B": "taken"}


def test_no_strong_school_in_reach() -> None:
    """20 km are more than 15; a kilometre less than the limit would pair them."""
    tables = district([school("A", quality=90), school("B", quality=10, km=20)])
    assert reasons(tables) == {"A": "A4", "B": "A4"}
    decision = form_alliances(tables, POLICY)
    assert decision.status is Status.OPTIMAL
    assert "20.0" in decision.outside[0].text("en")
    nearer = district([school("A", quality=90), school("B", quality=10, km=14)])
    assert reasons(nearer) == {}


def test_unknown_places_are_out_of_reach() -> None:
    tables = district([school("A", quality=90), school("B", quality=10, lon=None, lat=None)])
    assert reasons(tables) == {"A": "A4_unknown", "B": "A4_unknown"}


def test_one_lead_wanted_by_all() -> None:
    """One strong of two primaries and two strong juniors of five: the others of a stage have nobody left."""
    schools = [school("A", quality=90), school("B", quality=10), school("C", quality=20)]
    tables = district(schools)
    # ceil(0.4 x 3) = 2 strong: A and C; only A may lead.
    decision = form_alliances(tables, POLICY, leads=["A"])
    assert decision.levels[0].value == 1
    assert {row.school_id: row.reason for row in decision.outside} == {"C": "not_lead"}
    with pytest.raises(UsageError):
        form_alliances(tables, POLICY, leads=["nobody"])


def test_contradictory_links_are_named() -> None:
    schools = [school(c, quality=q) for c, q in (("A", 90), ("B", 80), ("C", 20), ("D", 10), ("E", 5))]
    both = district(schools, links=(link("A", "C", LinkKind.TOGETHER), link("C", "A", LinkKind.APART)))
    twice = district(schools, links=(link("A", "C", LinkKind.TOGETHER), link("D", "A", LinkKind.TOGETHER)))
    barred = district(schools, links=(link("C", "D", LinkKind.TOGETHER),))
    for tables, key, word in (
        (both, "contradiction", "apart"),
        (twice, "twice", "2"),
        (barred, "barred", "A3"),
    ):
        decision = form_alliances(tables, POLICY)
        assert decision.status is Status.INFEASIBLE
        assert decision.plan is None
        assert [fault.key for fault in decision.problems] == [f"alliance.problem_{key}"]
        assert word in decision.problems[0].text("en")


def test_a_tag_nobody_has() -> None:
    tables = district([school("A", quality=90, tags=("art",)), school("B", quality=10)])
    decision = form_alliances(tables, POLICY, form="hub", tags=["chess"])
    assert decision.plan is not None
    assert decision.plan.memberships == ()
    assert [fault.key for fault in decision.warnings] == ["alliance.unknown_tag"]
    assert {row.school_id: row.reason for row in decision.outside} == {"A": "A2", "B": "A2"}
    nobody = form_alliances(district([school("A"), school("B")]), POLICY, form="hub")
    assert [fault.key for fault in nobody.warnings] == ["alliance.no_tags"]


def test_no_shared_stage() -> None:
    tables = district([school("A", quality=90), school("B", quality=10, kind=SchoolKind.JUNIOR)])
    assert reasons(tables) == {"A": "A5", "B": "A5"}
    assert reasons(tables, kind="same_level") == {"A": "A5", "B": "A5"}


def test_a_single_school_and_none() -> None:
    assert reasons(district([school("A", quality=90)])) == {"A": "alone"}
    assert reasons(district([])) == {}


def test_all_qualities_equal_go_by_code() -> None:
    """ceil(0.4 x 5) = 2: A and B lead."""
    tables = district([school(c, quality=50) for c in "EDCBA"])
    assert {a for a, _ in alliance_network(tables, POLICY).graph().edges} == {"A", "B"}


def test_unknown_quality_goes_by_indicators_met() -> None:
    """B meets I6 (3000 >= 2000), A and C miss it; A has the better mean ratio: 0.95 against 0.5."""
    schools = [school("C", equipment=1000), school("A", equipment=1900), school("B", equipment=3000)]
    tables = district(schools)
    standings = alliance_network(tables, POLICY).schools.standings
    by_rank = sorted(standings.values(), key=lambda s: s.rank)
    assert [s.school_id for s in by_rank] == ["B", "A", "C"]
    assert {s.basis for s in by_rank} == {"indicators"}


def test_nothing_known_is_said() -> None:
    decision = form_alliances(district([school("B"), school("A")]), POLICY)
    told = {fault.key: fault.params for fault in decision.warnings}
    assert told["alliance.standing_unknown"]["schools_zh"] == "A、B"
    assert told["alliance.standing_tied"]["count"] == 2
    assert decision.levels[0].value == 1


def test_a_tie_at_the_line_is_said() -> None:
    """ceil(0.4 x 4) = 2 are strong: B and C, both 50, stand on either side; A and D do not matter."""
    town = district([school(c, quality=q) for c, q in (("A", 90), ("B", 50), ("C", 50), ("D", 10))])
    tied = [f for f in form_alliances(town, POLICY).warnings if f.key == "alliance.standing_tied"]
    assert [fault.params["schools_en"] for fault in tied] == ["B, C"]
    clear = district([school(c, quality=q) for c, q in (("A", 50), ("B", 50), ("C", 40), ("D", 40))])
    assert not form_alliances(clear, POLICY).warnings


def test_a_lead_that_can_lead_nobody_is_said() -> None:
    """C is lower: named alone, no pair is possible and the plan is empty; A beside it leads."""
    town = district([school(c, quality=q) for c, q in (("A", 90), ("B", 50), ("C", 10))])
    decision = form_alliances(town, POLICY, leads=["C"])
    assert [f.key for f in decision.warnings] == ["alliance.idle_leads"]
    assert decision.plan is not None
    assert not decision.plan.memberships
    assert not form_alliances(town, POLICY, leads=["A"]).warnings


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"tags": ["art"]}, "alliance.only_hubs"),
        ({"capacities": {"A": 2}}, "alliance.only_hubs"),
        ({"form": "hub", "kind": "same_level"}, "alliance.only_pairs"),
        ({"form": "hub", "stable": True}, "alliance.form_not_stable"),
        ({"leads": ["Z"]}, "alliance.unknown_school"),
        ({"form": "circle"}, "alliance.unknown_form"),
        ({"kind": "equals"}, "alliance.unknown_kind"),
        ({"form": "group", "capacities": {"A": 0}}, "alliance.bad_capacity"),
        ({"form": "group", "groups": -1}, "groups.bad_groups"),
        ({"form": "group", "groups": 1.5}, "groups.bad_groups"),
        ({"form": "group", "groups_in": {None: 1}}, "groups.unknown_district"),
        ({"form": "district", "districts": 0}, "groups.bad_districts"),
        ({"form": "district", "districts": 1.5}, "groups.bad_districts"),
        ({"form": "district", "districts": 1, "max_pupil_deviation": -0.1}, "groups.bad_deviation"),
        ({"form": "district", "districts": 1, "max_strong_deviation": float("nan")}, "groups.bad_deviation"),
        ({"form": "district", "districts": 1, "leads": ["A"]}, "groups.districts_without_leads"),
    ],
)
def test_what_does_not_go_with_the_form_is_refused(more: dict[str, Any], key: str) -> None:
    """Nothing that was asked for is dropped without a word."""
    with pytest.raises(UsageError) as error:
        form_alliances(district([school("A", quality=90), school("B", quality=10)]), POLICY, **more)
    assert error.value.key == key


def test_a_network_of_no_form_is_refused() -> None:
    with pytest.raises(UsageError) as error:
        alliance_network(district([school("A")]), POLICY, form="circle")  # type: ignore[arg-type]  # on purpose
    assert error.value.key == "alliance.unknown_form"


def test_a_single_lead_or_tag_needs_no_list() -> None:
    """Taken letter by letter, "AB" would be two schools that do not exist."""
    town = district([school("AB", quality=90, tags=("art",)), school("CD", quality=10)])
    assert form_alliances(town, POLICY, leads="AB").request.leads == ("AB",)
    assert not form_alliances(town, POLICY, form="hub", tags="art").warnings


def test_a_mixed_order_puts_quality_beside_share_met() -> None:
    """75 points stand above 0 of 1 met (0 points) and below 1 of 1 met (100 points)."""
    schools = [school("A", quality=75), school("B", equipment=1000), school("C", equipment=3000)]
    ranks = alliance_network(district(schools), POLICY).schools.standings
    assert [s.school_id for s in sorted(ranks.values(), key=lambda s: s.rank)] == ["C", "A", "B"]


def test_rules_that_are_off_do_not_bind() -> None:
    """Without A4 the distance is no matter, without A3 anybody leads."""
    far = district([school("A", quality=90), school("B", quality=10, km=200)])
    without = load_policy(overrides=["rules.A4=off"])
    assert form_alliances(far, without).levels[0].value == 1
    lower = district([school(c, quality=q) for c, q in (("A", 90), ("B", 50), ("C", 40), ("D", 30), ("E", 5))])
    assert form_alliances(lower, POLICY).levels[0].value == 2
    uncovered = form_alliances(lower, load_policy(overrides=["rules.A7=off"]))
    assert [level.name for level in uncovered.levels] == ["benefit", "distance"]
    assert uncovered.plan is not None
    # No two of them are worth anything to each other.
    assert uncovered.plan.memberships == ()
    anybody = load_policy(overrides=["rules.A3=off"])
    assert len(alliance_network(lower, anybody).edges) == 10


def test_without_coverage_the_school_with_more_to_give_leads() -> None:
    """A has the lower score and equipment to spare, B half of what it needs: A leading B is worth 0.5, else 0.

    Where coverage counts B leads, since A is the lower school; without A7 and A3 that must not decide.
    """
    schools = [school("A", quality=10, equipment=4000), school("B", quality=90, equipment=1000)]
    anybody = load_policy(overrides=["rules.A3=off"])
    assert [level.value for level in form_alliances(district(schools), anybody).levels] == [1, 0, 0]
    neither = load_policy(overrides=["rules.A3=off", "rules.A7=off"])
    decision = form_alliances(district(schools), neither)
    assert [(level.name, level.value) for level in decision.levels] == [("benefit", 0.5), ("distance", 0)]
    assert list(alliance_network(district(schools), neither).graph().edges) == [("A", "B")]
