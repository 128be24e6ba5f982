"""From edges chosen to rows of `memberships`: codes and years of what is kept stay as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from allocator.alliance.edges import Edges
from allocator.alliance.forming import Case
from allocator.alliance.links import Existing, existing
from allocator.domain.alliance import Alliances
from allocator.domain.alliance_records import Membership
from allocator.domain.choices import AllianceForm, AllianceRole
from allocator.solving.model import Ints

FORMS = {form.value: form for form in AllianceForm}
PREFIX = {"pair": "P", "chain": "C", "hub": "H", "group": "G"}
"""First letter of new alliance codes."""

Chosen = tuple[int, int, list[int]]
"""Lead, column of the tag (-1 without), members."""


def plan_of(case: Case, chosen: Ints, year: int | None) -> Alliances:
    """Write the plan; `year` is that in which new members join."""
    edges, form = case.network.edges, case.request.form
    alliances = _alliances(edges, chosen)
    district = case.network.district
    before = existing(district, case.schools, form)
    kept = _kept(alliances, before, one_each=case.one_each)
    used = {row.alliance_id for row in district.memberships}
    fresh = _codes(PREFIX[form], len(alliances), used)
    rows: list[Membership] = []
    tags: dict[str, str] = {}
    for k, (lead, tag, members) in enumerate(alliances):
        old = kept.get(k)
        code = next(fresh) if old is None else old.alliance_id
        if tag >= 0:
            tags[code] = case.schools.tag_names[tag]
        for school, role in [(lead, AllianceRole.LEAD), *((m, AllianceRole.MEMBER) for m in members)]:
            since = old.since[school] if old is not None and school in old.since else year
            rows.append(
                Membership(
                    alliance_id=code,
                    form=FORMS[form],
                    school_id=case.schools.ids[school],
                    role=role,
                    since=since,
                )
            )
    rows.sort(key=lambda row: (row.alliance_id, row.role is AllianceRole.MEMBER, row.school_id))
    return Alliances(form, tuple(rows), dict(sorted(tags.items())))


def _alliances(edges: Edges, chosen: Ints) -> list[Chosen]:
    """Chosen edges by lead and tag, in the order of the schools."""
    members: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for e in chosen:
        members[int(edges.lead[e]), int(edges.tag[e])].append(int(edges.member[e]))
    return [(lead, tag, sorted(own)) for (lead, tag), own in sorted(members.items())]


def _kept(alliances: list[Chosen], before: tuple[Existing, ...], *, one_each: bool) -> dict[int, Existing]:
    """Which alliance goes on under its old code: the same two schools, or the same lead with most members."""
    found: dict[int, Existing] = {}
    for old in before:
        options = []
        for k, (lead, _, members) in enumerate(alliances):
            if k in found:
                continue
            common = len(set(old.members) & set(members))
            same = set(old.schools) == {lead, *members} if one_each else old.lead == lead and common > 0
            if same:
                options.append((-common, k))
        if options:
            found[min(options)[1]] = old
    return found


def _codes(prefix: str, count: int, used: set[str]) -> Iterator[str]:
    """New codes, of equal length, that no alliance has yet."""
    width = max(3, len(str(count)))
    numbers = iter(range(1, count + len(used) + 1))
    return (code for code in (f"{prefix}{n:0{width}d}" for n in numbers) if code not in used)
