"""Why no plan is possible: links that contradict each other or a rule, a renewal that asks for too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import floor

from allocator.alliance.demands import conflict, sentence
from allocator.alliance.forming import (
    Case,
    decide,
    least_covered,
    lower_schools,
    most_changes,
    most_covered,
    most_groups,
)
from allocator.domain.allied import rule_names
from allocator.errors import Fault
from allocator.text import LANGS


def problems(case: Case) -> tuple[Fault, ...]:
    """Every contradiction found; where none is, the demands that cannot hold together."""
    found = [*_contradictions(case), *_twice(case)]
    if found:
        return tuple(found)
    if case.request.coverage_share is not None and (short := _short_of_share(case)) is not None:
        return (short,)
    demands = conflict(case)
    kinds = {demand.kind for demand in demands}
    if kinds == {"A8"}:
        return (Fault("alliance.problem_renewal", params={"most": most_changes(case)}),)
    too_many = _too_many(case) if kinds & {"groups", "groups_in"} else ()
    if too_many and kinds <= {"groups", "groups_in"}:
        return too_many
    return (sentence(demands) if demands else Fault("alliance.problem_unknown"), *too_many)


def _too_many(case: Case) -> tuple[Fault, ...]:
    """Say how many groups there can be, where more were asked for."""
    free = replace(case, request=replace(case.request, groups=None, groups_in={}))
    most = most_groups(free)
    wanted = max(case.request.groups or 0, sum(case.request.groups_in.values()))
    if most is None:
        return (Fault("groups.problem_number_open"),)
    return (Fault("groups.problem_number", params={"most": most}),) if most < wanted else ()


def _short_of_share(case: Case) -> Fault | None:
    """What to say of a share of coverage that is to blame; None where another thing is."""
    least, lower, share = least_covered(case), lower_schools(case), case.request.coverage_share
    most = most_covered(case)
    params: dict[str, object] = {"least": least, "lower": lower, "share": share}
    if most is not None and most >= least:
        return None
    if most is not None:
        # Rounded down: this share is possible.
        largest = floor(1000 * most / lower) / 1000
        return Fault("groups.problem_share", params={**params, "most": most, "largest": largest})
    free = replace(case, request=replace(case.request, coverage_share=None))
    possible = decide(free).chosen is not None
    return Fault("groups.problem_share_open", params=params) if possible else None


def _contradictions(case: Case) -> list[Fault]:
    """Links together that a rule about the two schools forbids, or another link."""
    ids, found = case.schools.ids, []
    edges = case.network.edges
    joined = set(zip(edges.lead.tolist(), edges.member.tolist(), strict=True))
    for a, b in sorted(case.network.links.together):
        params: dict[str, object] = {"one": ids[a], "other": ids[b]}
        if (a, b) in case.network.links.apart:
            found.append(Fault("alliance.problem_contradiction", params=params))
        elif (a, b) not in joined and (b, a) not in joined and case.one_each:
            ways = [case.network.why_missing(ids[x], ids[y]) for x, y in ((a, b), (b, a))]
            fewest: tuple[str, ...] = min(ways, key=len)
            key = "problem_barred" if fewest else "problem_not_lead"
            found.append(Fault(f"alliance.{key}", params={**params, **_named_rules(fewest)}))
    return found


def _named_rules(rules: Sequence[str]) -> dict[str, object]:
    """Rules with their names, as `rules_zh` and `rules_en`."""
    return {f"rules_{lang}": rule_names(rules, lang) for lang in LANGS}


def _twice(case: Case) -> list[Fault]:
    """Schools that links would put into two pairs."""
    if not case.one_each:
        return []
    ends = Counter(school for pair in case.network.links.together for school in pair)
    twice = sorted(school for school, count in ends.items() if count > 1)
    return [
        Fault("alliance.problem_twice", params={"school": case.schools.ids[s], "count": ends[s]}) for s in twice
    ]
