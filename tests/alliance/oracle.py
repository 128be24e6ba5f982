"""All plans of a small network tried, each judged by the checker: the lexicographic optimum."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from allocator.checking import Terms, check_alliances
from allocator.domain.alliance import Alliances, Form
from allocator.domain.alliance_records import Membership
from allocator.domain.choices import AllianceForm, AllianceRole
from allocator.domain.district import District
from allocator.domain.plan import Judgement
from allocator.domain.policy import Policy

Group = tuple[str, tuple[str, ...], str]
"""One alliance: its lead, its members, its tag (empty but for hubs)."""

SENSES = {"breaches": 1, "coverage": -1, "benefit": -1, "evenness": 1, "distance": 1}
"""Levels in their order; -1 is more is better."""
FORMS = {form.value: form for form in AllianceForm}
ROUNDED = 9
"""Decimals at which two values of a level are equal: sums in another order differ in the last bits."""


@dataclass(frozen=True)
class Optimum:
    """Best levels, and all plans that reach them; none if no plan obeys the rules.

    `plans` counts how many plans were judged.
    """

    levels: dict[str, float] = field(default_factory=dict)
    best: tuple[Alliances, ...] = ()
    plans: int = 0


def optimum(
    district: District,
    policy: Policy,
    form: Form,
    previous: tuple[Membership, ...] | None = None,
    *,
    terms: Terms | None = None,
) -> Optimum:
    """Try every plan of a form.

    Plans are told apart by who leads whom, hubs besides by their tag. A7 is not asked of a plan: the largest
    coverage is what the first level finds. Levels are compared one after the other without slack.

    Parameters
    ----------
    district
        At most about 8 schools (pairs, chains: 9; hubs: 5 with one tag).
    """
    found: dict[tuple[float, ...], list[Alliances]] = {}
    levels: dict[tuple[float, ...], dict[str, float]] = {}
    count = 0
    for plan in plans(district, policy, form, terms or Terms()):
        count += 1
        verdict = check_alliances(district, policy, plan, previous, terms=terms)
        if not lawful(verdict):
            continue
        key = tuple(round(SENSES[name] * value, ROUNDED) for name, value in verdict.levels.items())
        found.setdefault(key, []).append(plan)
        levels.setdefault(key, dict(verdict.levels))
    if not found:
        return Optimum(plans=count)
    best = min(found)
    return Optimum(levels[best], tuple(found[best]), count)


def lawful(verdict: Judgement) -> bool:
    """Whether no rule that binds is broken, A7 left aside."""
    return all(violation.rule == "A7" for violation in verdict.broken)


def plans(district: District, policy: Policy, form: Form, terms: Terms) -> Iterator[Alliances]:
    """Every plan in which each school has at most one part (of hubs: in each tag), the empty one included."""
    schools = sorted(s.school_id for s in district.schools)
    if form == "hub":
        yield from _hub_plans(district, policy, schools, terms)
        return
    least, most = (1, 1)
    if form == "group":
        least = policy.alliance.group_min_members
        # A capacity of a lead's own goes before that of the profile, larger ones too.
        most = max(policy.alliance.group_max_members, *(terms.capacities or {}).values(), 0)
    fits = _fits(district, policy, form, terms)
    for groups in _partitions(schools, range(least, most + 1), fits):
        yield make(form, groups)


def _fits(district: District, policy: Policy, form: Form, terms: Terms) -> Callable[[str, Sequence[str]], bool]:
    """Whether an alliance by itself breaks no rule but those about the whole plan; remembered."""
    known: dict[tuple[str, tuple[str, ...]], bool] = {}

    def fits(lead: str, members: Sequence[str]) -> bool:
        key = lead, tuple(members)
        if terms.leads is not None and lead not in terms.leads:
            return False
        if key not in known:
            alone = check_alliances(district, policy, make(form, [(lead, key[1], "")]), (), terms=terms)
            whole_plan = ("A6_together", "A7_left")
            known[key] = all(v.key in whole_plan for v in alone.broken)
        return known[key]

    return fits


def _partitions(
    schools: Sequence[str], sizes: range, fits: Callable[[str, Sequence[str]], bool]
) -> Iterator[list[Group]]:
    """Sets of disjoint alliances: the first school stays outside, or belongs to one with any role."""
    if not schools:
        yield []
        return
    first, rest = schools[0], schools[1:]
    yield from _partitions(rest, sizes, fits)
    for size in sizes:
        for others in itertools.combinations(rest, size):
            left = [s for s in rest if s not in others]
            block = (first, *others)
            for lead in block:
                members = tuple(s for s in block if s != lead)
                if fits(lead, members):
                    for tail in _partitions(left, sizes, fits):
                        yield [(lead, members, ""), *tail]


def _hub_plans(district: District, policy: Policy, schools: Sequence[str], terms: Terms) -> Iterator[Alliances]:
    """Per tag, every school is outside, leads (if it has the tag) or follows one of the leads."""
    tags = sorted({tag for s in district.schools for tag in s.tags})
    for chosen in itertools.product(*(list(_tag_plans(district, policy, schools, t, terms)) for t in tags)):
        yield make("hub", [group for groups in chosen for group in groups])


def _tag_plans(
    district: District, policy: Policy, schools: Sequence[str], tag: str, terms: Terms
) -> Iterator[list[Group]]:
    owners = [s for s in schools if tag in district.school_by_id[s].tags]
    owners = [s for s in owners if terms.leads is None or s in terms.leads]
    fits = _fits_tag(district, policy, tag, terms)
    for count in range(len(owners) + 1):
        for leads in itertools.combinations(owners, count):
            others = [s for s in schools if s not in leads]
            for choice in itertools.product((None, *leads), repeat=len(others)):
                members = {
                    lead: tuple(s for s, c in zip(others, choice, strict=True) if c == lead) for lead in leads
                }
                if all(members.values()) and all(fits(lead, m) for lead, m in members.items()):
                    yield [(lead, m, tag) for lead, m in members.items()]


def _fits_tag(
    district: District, policy: Policy, tag: str, terms: Terms
) -> Callable[[str, tuple[str, ...]], bool]:
    known: dict[tuple[str, tuple[str, ...]], bool] = {}

    def fits(lead: str, members: tuple[str, ...]) -> bool:
        if (lead, members) not in known:
            alone = check_alliances(district, policy, make("hub", [(lead, members, tag)]), (), terms=terms)
            known[lead, members] = all(v.key in ("A6_together", "A7_left") for v in alone.broken)
        return known[lead, members]

    return fits


def make(form: Form, groups: Sequence[Group]) -> Alliances:
    """Make a plan of alliances `X1`, `X2`, ... in order of lead and tag."""
    ordered = sorted(groups, key=lambda g: (g[0], g[2]))
    codes = [f"X{number}" for number in range(1, len(ordered) + 1)]
    rows = [
        Membership(alliance_id=code, form=FORMS[form], school_id=school, role=role)
        for code, (lead, members, _) in zip(codes, ordered, strict=True)
        for school, role in [
            (lead, AllianceRole.LEAD),
            *((s, AllianceRole.MEMBER) for s in sorted(members)),
        ]
    ]
    tags = {code: group[2] for code, group in zip(codes, ordered, strict=True) if group[2]}
    return Alliances(form, tuple(rows), tags)


def groups_of(plan: Alliances) -> list[Group]:
    """Take a plan apart again."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for row in plan.memberships:
        found.setdefault(row.alliance_id, ([], []))[row.role is AllianceRole.MEMBER].append(row.school_id)
    return [(leads[0], tuple(members), plan.tags.get(code, "")) for code, (leads, members) in found.items()]
