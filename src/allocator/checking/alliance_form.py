"""Rules about the form of alliances: one of a form for each school (A1), who and how many belong (A2)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from allocator.checking.alliance_facts import Alliance, AllianceFacts, audit
from allocator.domain.alliance_words import enumerated
from allocator.domain.choices import Stage
from allocator.domain.plan import RuleAudit, Violation
from allocator.domain.records import GRADES, School


def a1_one_each(facts: AllianceFacts) -> RuleAudit:
    """A1: each school is in at most one alliance of the form; of hubs, in at most one of a tag."""
    tag = {alliance.alliance_id: alliance.tag for alliance in facts.alliances}
    count: defaultdict[tuple[str, str | None], set[str]] = defaultdict(set)
    for school, codes in facts.parts.items():
        for code in codes:
            count[school, tag[code] if facts.plan.form == "hub" else None].add(code)
    found = [
        Violation(
            "A1", school, len(codes) - 1, "alliances", "A1_several",
            {"school": school, "count": len(codes), **enumerated("alliances", sorted(codes))},
        )
        for (school, _), codes in sorted(((k, c) for k, c in count.items() if len(c) > 1), key=str)
    ]  # fmt: skip
    achieved = {"schools": len(facts.parts), "several": len({v.subject for v in found})}
    return audit(facts, "A1", found, {"most": 1}, achieved)


def a2_composition(facts: AllianceFacts) -> RuleAudit:
    """A2: one lead and the right number of members; hubs with a tag of the lead, chains of both stages."""
    found = [*_row_faults(facts)]
    for alliance in facts.alliances:
        found += _size_faults(facts, alliance)
        found += _repeats(alliance)
        if facts.plan.form == "hub":
            found += _tag_faults(facts, alliance)
        if facts.plan.form == "chain":
            found += _chain_faults(facts, alliance)
    if facts.plan.form == "group":
        found += _number_faults(facts)
    sizes = [len(alliance.members) for alliance in facts.alliances]
    least, most = size_limits(facts, None)
    achieved = {
        "alliances": len(sizes),
        "smallest": min(sizes, default=0),
        "largest": max(sizes, default=0),
        "faults": len(found),
    }
    return audit(facts, "A2", found, {"least": least, "most": most}, achieved)


def size_limits(facts: AllianceFacts, alliance: Alliance | None) -> tuple[int, int]:
    """Least and largest number of members of an alliance; of None, by the policy alone."""
    rules = facts.policy.alliance
    lead = alliance.leads[0] if alliance is not None and len(alliance.leads) == 1 else ""
    if facts.plan.form == "group":
        return rules.group_min_members, facts.terms.capacities.get(lead, rules.group_max_members)
    if facts.plan.form == "hub":
        return 1, facts.terms.capacities.get(lead, rules.hub_capacity)
    return 1, 1


def _row_faults(facts: AllianceFacts) -> Iterator[Violation]:
    for row in sorted(facts.plan.memberships, key=lambda r: (r.alliance_id, r.school_id, r.role.value)):
        params: dict[str, object] = {"alliance": row.alliance_id, "school": row.school_id}
        if row.school_id not in facts.district.school_by_id:
            yield Violation("A2", row.school_id, 1, "schools", "A2_unknown_school", params)
        if row.form.value != facts.plan.form:
            yield Violation("A2", row.school_id, 1, "schools", "A2_form", params)


def _size_faults(facts: AllianceFacts, alliance: Alliance) -> Iterator[Violation]:
    code, leads, members = alliance.alliance_id, len(alliance.leads), len(set(alliance.members))
    least, most = size_limits(facts, alliance)
    params: dict[str, object] = {
        "alliance": code,
        "leads": leads,
        "members": members,
        "least": least,
        "most": most,
    }
    if leads != 1:
        yield Violation("A2", code, abs(leads - 1), "schools", "A2_leads", params)
    if members < least:
        yield Violation("A2", code, least - members, "schools", "A2_few", params)
    if members > most:
        yield Violation("A2", code, members - most, "schools", "A2_many", params)


def _number_faults(facts: AllianceFacts) -> Iterator[Violation]:
    """Groups more or fewer than asked for, in all and by the learning district of the lead."""
    schools = facts.district.school_by_id
    leads = [a.leads[0] for a in facts.alliances if len(a.leads) == 1 and a.leads[0] in schools]
    if facts.terms.groups is not None and len(facts.alliances) != facts.terms.groups:
        params: dict[str, object] = {"count": len(facts.alliances), "wanted": facts.terms.groups}
        amount = abs(len(facts.alliances) - facts.terms.groups)
        yield Violation("A2", "plan", amount, "alliances", "A2_groups", params)
    there = Counter(schools[lead].learning_district for lead in leads)
    for name, wanted in facts.terms.groups_in.items():
        if there[name] != wanted:
            params = {"area": name, "count": there[name], "wanted": wanted}
            yield Violation("A2", name, abs(there[name] - wanted), "alliances", "A2_groups_in", params)


def _repeats(alliance: Alliance) -> Iterator[Violation]:
    rows = Counter((*alliance.leads, *alliance.members))
    for school, count in sorted(rows.items()):
        if count > 1:
            params = {"alliance": alliance.alliance_id, "school": school}
            yield Violation("A2", school, count - 1, "schools", "A2_twice", params)


def _tag_faults(facts: AllianceFacts, alliance: Alliance) -> Iterator[Violation]:
    params: dict[str, object] = {"alliance": alliance.alliance_id, "tag": alliance.tag or ""}
    if not alliance.tag:
        yield Violation("A2", alliance.alliance_id, 1, "tags", "A2_no_tag", params)
        return
    schools = facts.district.school_by_id
    for lead in dict.fromkeys(alliance.leads):
        if lead in schools and alliance.tag not in schools[lead].tags:
            yield Violation("A2", lead, 1, "tags", "A2_tag", {**params, "school": lead})


def _chain_faults(facts: AllianceFacts, alliance: Alliance) -> Iterator[Violation]:
    pair = alliance.schools
    if (
        len(pair) == 2
        and all(s in facts.district.school_by_id for s in pair)
        and not joins_stages(facts, *pair)
    ):
        params: Mapping[str, object] = {"alliance": alliance.alliance_id, "one": pair[0], "other": pair[1]}
        yield Violation("A2", alliance.alliance_id, 1, "sections", "A2_chain", params)


def joins_stages(facts: AllianceFacts, one: str, other: str) -> bool:
    """Whether one of two schools has a primary section and the other a junior section."""
    a, b = (facts.district.school_by_id[s].stages for s in (one, other))
    return (Stage.PRIMARY in a and Stage.JUNIOR in b) or (Stage.JUNIOR in a and Stage.PRIMARY in b)


def may_chain(facts: AllianceFacts, one: str, other: str) -> bool:
    """Whether two schools make a chain as it was asked for: stages, area, places for the leavers."""
    schools = facts.district.school_by_id
    a, b = schools[one], schools[other]
    if not joins_stages(facts, one, other) or (facts.terms.same_area and _parted(a, b)):
        return False
    ways = ((p, j) for p, j in ((a, b), (b, a)) if Stage.PRIMARY in p.stages and Stage.JUNIOR in j.stages)
    return not facts.terms.enough_places or any(_takes(junior, primary) for primary, junior in ways)


def _parted(a: School, b: School) -> bool:
    """Whether two schools are known to lie in different areas."""
    if a.learning_district is not None and b.learning_district is not None:
        return a.learning_district != b.learning_district
    return a.town is not None and b.town is not None and a.town != b.town


def _takes(junior: School, primary: School) -> bool:
    """Whether the yearly places of a junior section are not known to be fewer than the leavers."""
    leavers, seats = primary.pupils_g6, junior.seats_junior
    return leavers is None or seats is None or leavers <= seats / len(GRADES[Stage.JUNIOR])
