"""A1-A8: one planted breach each is found as exactly that rule, with amount and witness.

Ten primary schools on one meridian 0.01 degrees (1.112 km) apart, in order of quality:

    P01 90  P02 85  P03 80  P04 75 | P05 60  P06 55  P07 50  P08 45  P09 40  P10 35

ceil(0.4 x 10) = 4 are strong. The plan pairs P01-P05, P02-P06, P03-P07, P04-P08; nobody is left who could join.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from allocator.checking import Terms, check_alliances
from allocator.checking.section_values import section_values
from allocator.domain.alliance import Alliances, Form
from allocator.domain.alliance_records import Link, Membership
from allocator.domain.choices import AllianceForm, AllianceRole, LinkKind, SchoolKind
from allocator.domain.district import District
from allocator.domain.plan import Judgement, Violation
from allocator.domain.policy import ALLIANCE_RULES, Policy
from allocator.domain.records import School, Travel
from allocator.generation import generate
from allocator.indicators import measure

FORMS = {form.value: form for form in AllianceForm}
QUALITY = (90, 85, 80, 75, 60, 55, 50, 45, 40, 35)
PAIRS = (("P01", "P05"), ("P02", "P06"), ("P03", "P07"), ("P04", "P08"))


def rows(form: Form, *groups: Sequence[str]) -> tuple[Membership, ...]:
    """Alliances X1, X2, ... of schools, the lead first."""
    return tuple(
        Membership(
            alliance_id=f"X{number}",
            form=FORMS[form],
            school_id=school,
            role=AllianceRole.MEMBER if place else AllianceRole.LEAD,
        )
        for number, group in enumerate(groups, start=1)
        for place, school in enumerate(group)
    )


@dataclass(frozen=True)
class Net:
    """A district, a policy and a plan that can be varied one thing at a time."""

    district: District
    plan: Alliances
    policy: Policy
    previous: tuple[Membership, ...] | None = None
    terms: Terms | None = None

    def check(self) -> Judgement:
        return check_alliances(self.district, self.policy, self.plan, self.previous, terms=self.terms)

    def only(self, rule: str) -> Violation:
        """Return the one violation, which must be of this rule; no other rule may be broken."""
        verdict = self.check()
        assert [v.rule for v in verdict.violations] == [rule], verdict.violations
        (violation,) = verdict.violations
        assert violation.text("zh")
        assert violation.text("en")
        return violation

    def form(self, form: Form, *groups: Sequence[str], tags: dict[str, str] | None = None) -> Net:
        return replace(self, plan=Alliances(form, rows(form, *groups), tags or {}))

    def school(self, school_id: str, **values: Any) -> Net:
        changed = tuple(
            s.model_copy(update=values) if s.school_id == school_id else s for s in self.district.schools
        )
        return replace(self, district=self.district.model_copy(update={"schools": changed}))

    def add(self, **tables: Any) -> Net:
        longer = {name: (*getattr(self.district, name), *new) for name, new in tables.items()}
        return replace(self, district=self.district.model_copy(update=longer))

    def link(self, one: str, other: str, kind: LinkKind, weight: float | None = None) -> Net:
        return self.add(links=(Link(school_a=one, school_b=other, link=kind, weight=weight),))

    def but(self, section: str, **values: Any) -> Net:
        old = getattr(self.policy, section)
        new = type(old).model_validate({**old.model_dump(), **values})
        return replace(self, policy=self.policy.model_copy(update={section: new}))


@pytest.fixture
def net() -> Net:
    schools = tuple(
        School(
            school_id=f"P{number:02d}",
            kind=SchoolKind.PRIMARY,
            lon=117.0,
            lat=39 + number / 100,
            quality=quality,
            pupils_g1=100,
        )
        for number, quality in enumerate(QUALITY, start=1)
    )
    return Net(District(schools=schools), Alliances("pair", rows("pair", *PAIRS)), Policy(id="test"))


def test_the_plan_obeys_every_rule(net: Net) -> None:
    verdict = net.check()
    assert verdict.passed
    assert [a.rule for a in verdict.rules] == list(ALLIANCE_RULES)
    assert {a.verdict for a in verdict.rules} == {"met"}
    assert verdict.levels["coverage"] == 4
    assert verdict.levels_before["coverage"] == 0


def test_order_of_the_rows_does_not_matter(net: Net) -> None:
    turned = Alliances("pair", net.plan.memberships[::-1])
    assert replace(net, plan=turned).check() == net.check()


def test_a1_two_pairs_of_one_school(net: Net) -> None:
    found = net.form("pair", PAIRS[0], ("P02", "P05"), PAIRS[2], PAIRS[3]).only("A1")
    assert (found.subject, found.amount, found.unit) == ("P05", 1, "alliances")


def test_a1_hubs_of_another_tag_are_no_breach(net: Net) -> None:
    """P05 in two hubs of one tag is one too many; of two tags it is none."""
    tagged = net.school("P01", tags=("a", "b")).school("P02", tags=("a", "b"))
    hubs = tagged.form("hub", ("P01", "P05"), ("P02", "P05"), tags={"X1": "a", "X2": "b"})
    left = {"A7"}
    assert {v.rule for v in hubs.check().violations} == left
    same = replace(hubs, plan=replace(hubs.plan, tags={"X1": "a", "X2": "a"}))
    assert {v.rule for v in same.check().violations} == left | {"A1"}


def test_a2_pair_of_three(net: Net) -> None:
    found = net.form("pair", (*PAIRS[0], "P09"), *PAIRS[1:]).only("A2")
    assert (found.key, found.subject, found.amount, found.unit) == ("A2_many", "X1", 1, "schools")


def test_a2_group_too_small_and_too_large(net: Net) -> None:
    """One member where 2 are needed; six where 5 may be."""
    small = net.form("group", ("P01", "P05"), ("P02", "P06", "P07", "P08", "P09", "P10"))
    assert (small.only("A2").key, small.only("A2").amount) == ("A2_few", 1)
    large = net.form("group", ("P01", "P05", "P06", "P07", "P08", "P09", "P10"))
    assert (large.only("A2").key, large.only("A2").amount) == ("A2_many", 1)


def test_a2_two_leads(net: Net) -> None:
    plan = rows("pair", *PAIRS)
    two = (plan[0], plan[1].model_copy(update={"role": AllianceRole.LEAD}), *plan[2:])
    verdict = replace(net, plan=Alliances("pair", two)).check()
    assert {v.key for v in verdict.violations} == {"A2_leads", "A2_few"}


def test_a2_unknown_school_other_form_and_repeated_row(net: Net) -> None:
    assert net.form("pair", *PAIRS[:3], ("P04", "P99")).only("A2").key == "A2_unknown_school"
    mixed = Alliances("pair", (*rows("group", PAIRS[0])[:1], *rows("pair", *PAIRS)[1:]))
    assert replace(net, plan=mixed).only("A2").key == "A2_form"
    twice = Alliances("pair", (*net.plan.memberships, net.plan.memberships[1]))
    found = replace(net, plan=twice).only("A2")
    assert (found.key, found.subject, found.amount) == ("A2_twice", "P05", 1)


def test_a2_hub_without_its_tag_and_over_capacity(net: Net) -> None:
    """Capacity 3 by default; a lead may have its own. A hub is led by a school that has the tag."""
    tagged = net.school("P01", tags=("a",))
    members = ("P05", "P06", "P07", "P08")
    assert tagged.form("hub", ("P01", *members), tags={"X1": "a"}).only("A2").amount == 1
    wider = replace(tagged, terms=Terms(capacities={"P01": 6}))
    full = wider.form("hub", ("P01", *members, "P09", "P10"), tags={"X1": "a"})
    assert full.check().passed
    assert replace(full, plan=replace(full.plan, tags={"X1": "b"})).only("A2").key == "A2_tag"
    assert replace(full, plan=replace(full.plan, tags={})).only("A2").key == "A2_no_tag"


def test_a2_chain_joins_the_stages(net: Net) -> None:
    """P01 and P05 are both primary; with a junior or a nine-year school either may lead."""
    assert net.but("rules", A7="off").form("chain", ("P01", "P05")).only("A2").key == "A2_chain"
    for kind in (SchoolKind.JUNIOR, SchoolKind.NINE_YEAR):
        linked = net.but("rules", A7="off").school("P05", kind=kind)
        assert linked.form("chain", ("P01", "P05")).check().passed
        assert linked.form("chain", ("P05", "P01")).check().passed


@pytest.mark.parametrize(
    ("lead", "member", "amount"), [("P05", "P09", 1), ("P06", "P09", 2), ("P03", "P02", 3)]
)
def test_a3_rank(net: Net, lead: str, member: str, amount: int) -> None:
    """P05 is one place below the strong, P06 two; P02, second of four strong, is three above the lower."""
    free = net.but("rules", A7="off")
    found = free.form("pair", (lead, member)).only("A3")
    assert (found.subject, found.amount, found.unit) == (f"{lead};{member}", amount, "ranks")


def test_a3_one_stage_is_enough(net: Net) -> None:
    """P05, nine-year, is alone in its junior stage with J1: strong there (60 to 10), lower in primary."""
    junior = School(school_id="J1", kind=SchoolKind.JUNIOR, lon=117, lat=39.05, quality=10)
    mixed = net.school("P05", kind=SchoolKind.NINE_YEAR).add(schools=(junior,)).but("rules", A7="off")
    assert mixed.form("pair", ("P05", "J1")).check().passed
    assert mixed.form("pair", ("P05", "P06")).only("A3").amount == 1


def test_a3_the_other_stage_does_not_matter(net: Net) -> None:
    """P05 is lower in primary, but second of five and so strong in junior, like P01."""
    juniors = tuple(School(school_id=f"J{n}", kind=SchoolKind.JUNIOR, quality=n) for n in range(3))
    both = net.school("P01", kind=SchoolKind.NINE_YEAR).school("P05", kind=SchoolKind.NINE_YEAR)
    assert both.add(schools=juniors).check().passed


def test_a3_off_a_strong_member_is_not_covered(net: Net) -> None:
    pair = net.but("rules", A3="off", A7="off").form("pair", ("P01", "P02"), ("P03", "P05"))
    assert pair.check().levels["coverage"] == 1


def test_a3_unknown_quality_goes_by_indicators(net: Net) -> None:
    """P04 has no score and 0 of 1 known indicator met: 0 points, last of ten, six places below the strong."""
    blank = net.school("P04", quality=None, teaching_area_m2=100.0).but("rules", A7="off")
    assert blank.form("pair", PAIRS[3]).only("A3").amount == 6
    met = net.school("P04", quality=None, teaching_area_m2=450.0)
    assert met.check().passed


def test_a3_ties_go_by_code(net: Net) -> None:
    """All equal: P01-P04 are strong by code. All unknown: the same."""
    for quality in (50, None):
        same = net
        for school in net.district.schools:
            same = same.school(school.school_id, quality=quality)
        assert same.check().passed
        assert same.but("rules", A7="off").form("pair", ("P05", "P01")).only("A3").amount == 5


def test_a3_share_is_exact(net: Net) -> None:
    """0.3 of 10 is 3, although binary 0.1 x 3 is more: P04 is then one place off."""
    found = net.but("alliance", strong_share=0.3).but("rules", A7="off").only("A3")
    assert (found.subject, found.amount) == ("P04;P08", 1)


def test_a3_pairs_of_schools_alike(net: Net) -> None:
    alike = replace(net, terms=Terms(kind="same_level")).but("rules", A7="off")
    assert alike.form("pair", ("P01", "P02"), ("P07", "P09")).check().passed
    found = alike.form("pair", ("P03", "P06")).only("A3")
    assert (found.key, found.amount) == ("A3_alike", 2)


def test_a4_too_far(net: Net) -> None:
    """0.15 degrees are 0.15 * pi / 180 * 6371.0088 = 16.679 km, 1.679 over."""
    found = net.school("P08", lat=39.04 + 0.15).only("A4")
    assert (found.subject, found.amount, found.unit) == ("P04;P08", 1.679, "km")


def test_a4_unknown_and_travel_table(net: Net) -> None:
    assert net.school("P08", lat=None).only("A4").key == "A4_unknown"
    road = Travel(from_school_id="P08", to_school_id="P04", km=18)
    assert net.add(travel=(road,)).only("A4").amount == 3


def test_a5_no_shared_stage(net: Net) -> None:
    junior = School(school_id="J1", kind=SchoolKind.JUNIOR, lon=117, lat=39.05, quality=10)
    found = net.add(schools=(junior,)).form("pair", *PAIRS[:3], ("P04", "J1")).only("A5")
    assert (found.subject, found.amount, found.unit) == ("J1", 1, "schools")


def test_a6_links(net: Net) -> None:
    found = net.link("P06", "P05", LinkKind.TOGETHER).only("A6")
    assert (found.key, found.subject, found.amount) == ("A6_together", "P05;P06", 1)
    assert net.link("P01", "P05", LinkKind.APART).only("A6").key == "A6_apart"
    assert net.link("P05", "P01", LinkKind.TOGETHER).link("P01", "P06", LinkKind.APART).check().passed


def test_a6_members_of_one_group_are_together(net: Net) -> None:
    group = net.form("group", ("P01", "P05", "P06", "P07", "P08", "P09"))
    assert group.link("P05", "P06", LinkKind.TOGETHER).check().passed
    assert group.link("P05", "P06", LinkKind.APART).only("A6").amount == 1


def test_a7_a_pair_too_few(net: Net) -> None:
    """P04 is free and P08, the first of three outside, could join it."""
    found = net.form("pair", *PAIRS[:3]).only("A7")
    assert (found.subject, found.amount, found.unit) == ("P08", 1, "schools")
    assert replace(net, terms=Terms(leads=("P01", "P02", "P03"))).form("pair", *PAIRS[:3]).check().passed


def test_a7_room_in_a_group(net: Net) -> None:
    """Two of five members: P07, P08 and P09 could join, P10 no more; P08 not if apart from P05."""
    group = net.form("group", ("P01", "P05", "P06"))
    assert [v.subject for v in group.check().broken] == ["P07", "P08", "P09"]
    apart = group.link("P08", "P05", LinkKind.APART)
    assert [v.subject for v in apart.check().broken] == ["P07", "P09", "P10"]


def test_a7_out_of_reach_is_no_breach(net: Net) -> None:
    far = net.school("P04", lat=41.0)
    assert far.form("pair", *PAIRS[:3]).check().passed


def test_a8_too_many_change(net: Net) -> None:
    """8 schools were in pairs, floor(2.4) = 2 may change; P01, P02, P05 and P06 do: two too many, price 2."""
    swapped = replace(net, previous=net.plan.memberships)
    swapped = swapped.form("pair", ("P01", "P06"), ("P02", "P05"), *PAIRS[2:])
    found = swapped.only("A8")
    assert (found.amount, found.unit, found.price) == (2, "schools", 2)
    verdict = swapped.check()
    assert (verdict.passed, verdict.rules[7].verdict) == (True, "relaxed")
    assert list(verdict.levels) == ["breaches", "coverage", "benefit", "distance"]
    assert (verdict.levels["breaches"], verdict.levels_before["coverage"]) == (2, 4)
    assert not swapped.but("rules", A8="hard").check().passed
    assert swapped.but("rules", A8="off").check().violations == ()


def test_a8_counts_who_loses_a_partner(net: Net) -> None:
    """P09 in the place of P08: P04 and P08 change, P09 was in no pair. The table of the district counts too."""
    changed = net.add(memberships=net.plan.memberships).form("pair", *PAIRS[:3], ("P04", "P09"))
    assert changed.check().rules[7].achieved == {"changed": 2, "kept": 6}
    assert replace(changed, previous=()).check().rules[7].required["base"] == 0


def test_a8_a_group_that_grows_changes_nobody(net: Net) -> None:
    before = rows("group", ("P01", "P05", "P06"), ("P02", "P07", "P08"))
    grown = replace(net, previous=before).form(
        "group", ("P02", "P07", "P08", "P10"), ("P01", "P05", "P06", "P09")
    )
    assert grown.check().rules[7].achieved["changed"] == 0
    moved = grown.form("group", ("P01", "P05", "P06", "P07"), ("P02", "P08", "P09", "P10"))
    assert moved.check().rules[7].achieved["changed"] == 1


def test_levels_by_hand(net: Net) -> None:
    """One pair, 100 pupils each; thresholds 4.5 m2, 7.5 m2, 2000 yuan, 2.3 rooms a hundred.

    Area 675 to 360: surplus 0.5, deficit 0.2 -> 0.2. Sports 900 to 375: 0.2, 0.5 -> 0.2. Equipment 0, 0 -> 0.
    Rooms 3 to 1: 3 / 2.3 - 1 = 0.304348, 1 - 1 / 2.3 = 0.565217 -> 0.304348. Teachers unknown -> 0.
    Three shared tags count as two: 1.0. Wishes 0.75 and, blank, 1. Sum 3.454348. Distance 4 x 1.11195 km.
    """
    assets = {"equipment_yuan": 200_000, "tags": ("a", "b", "c")}
    one = net.school("P01", teaching_area_m2=675.0, sports_area_m2=900.0, multimedia_rooms=3, **assets)
    one = one.school("P05", teaching_area_m2=360.0, sports_area_m2=375.0, multimedia_rooms=1, **assets)
    one = one.link("P05", "P01", LinkKind.WISH, 0.75).link("P01", "P05", LinkKind.WISH)
    levels = one.form("pair", PAIRS[0]).check().levels
    assert levels["benefit"] == pytest.approx(0.2 + 0.2 + 0.304348 + 1.0 + 1.75, abs=1e-6)
    assert levels["distance"] == pytest.approx(4.448)


def test_evenness_of_groups(net: Net) -> None:
    """Means (90 + 60 + 55) / 3 = 68.33 and (85 + 50 + 45) / 3 = 60: spread 8.33."""
    groups = net.but("rules", A7="off").form("group", ("P01", "P05", "P06"), ("P02", "P07", "P08"))
    assert groups.check().levels["evenness"] == pytest.approx(25 / 3)
    assert groups.form("group", ("P01", "P05", "P06")).check().levels["evenness"] == 0


def test_every_shared_stage_counts(net: Net) -> None:
    """Nine-year schools, 100 + 100 pupils, area split 1 : 1.1: of 1,260 m2 primary 600, junior 660.

    Lead: 6 / 4.5 - 1 = 0.333 and 6.6 / 5.8 - 1 = 0.138.
    Member, 630 m2: 1 - 3 / 4.5 = 0.333 and 1 - 3.3 / 5.8 = 0.431.
    """
    both = net
    for school, area in (("P01", 1260.0), ("P05", 630.0)):
        both = both.school(school, kind=SchoolKind.NINE_YEAR, pupils_g7=100, teaching_area_m2=area)
    levels = both.form("pair", PAIRS[0]).check().levels
    assert levels["benefit"] == pytest.approx(1 / 3 + 0.8 / 5.8)


def test_strong_places_are_rounded_up(net: Net) -> None:
    """Eleven schools: ceil(4.4) = 5 are strong, P05 among them, and cannot be a member."""
    eleven = net.add(schools=(School(school_id="Z", kind=SchoolKind.PRIMARY, quality=1),))
    found = eleven.but("rules", A7="off").only("A3")
    assert (found.subject, found.amount) == ("P01;P05", 1)


def test_indicators_are_those_of_the_measurement() -> None:
    """The checker's own arithmetic and the indicators of the reports agree on every section."""
    district, policy = generate(20, seed=5), Policy(id="test")
    values = section_values(district, policy)
    for section in measure(district, policy).sections:
        thresholds = policy.thresholds(section.stage)
        ratios = {i: x / thresholds[i] for i, x in section.values.items() if x is not None}
        own = values[section.school_id, section.stage]
        assert own.ratios == pytest.approx(ratios)
        assert own.met == sum(met is True for met in section.met.values())


@pytest.mark.parametrize("rule", ALLIANCE_RULES)
def test_every_rule_stands_in_the_formulation(rule: str) -> None:
    text = (Path(__file__).parents[2] / "models" / "alliance.md").read_text("utf-8")
    assert f"| {rule} |" in text
