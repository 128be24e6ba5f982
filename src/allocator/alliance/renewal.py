"""What a renewal parts, why, and what keeping would have cost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from allocator.alliance.forming import Case, decide
from allocator.alliance.links import ordered
from allocator.alliance.model import Choice
from allocator.domain.allied import PartnerChange
from allocator.solving.model import Ints

LEAST_SECONDS = 5.0
"""Seconds for the prices of partings of groups, at least."""
MORE_IS_BETTER = ("coverage", "benefit")


def losses(better: Choice, worse: Choice) -> dict[str, float]:
    """Loss of each level from one choice to another, positive where the second is worse."""
    after = {level.name: level.value for level in worse.levels}
    return {
        level.name: (level.value - after[level.name]) * (1 if level.name in MORE_IS_BETTER else -1) + 0.0
        for level in better.levels
        if level.name in after
    }


def partings(case: Case, choice: Choice) -> tuple[PartnerChange, ...]:
    """Two schools each that were together and are not any more.

    For those whom no rule parts, the case is solved again with them together, as long as there is time.
    """
    if choice.chosen is None:
        return ()
    partners = _partners(case, choice.chosen)
    case = _in_time(case, choice)
    found = []
    for code, (lead, member) in case.ties:
        if member in partners[lead]:
            continue
        ids = case.schools.ids
        change = PartnerChange(
            code,
            ids[lead],
            ids[member],
            tuple(ids[s] for s in sorted(partners[lead])),
            tuple(ids[s] for s in sorted(partners[member])),
            _barred(case, lead, member),
        )
        found.append(change if change.barred else _priced(case, choice, change, (lead, member)))
    return tuple(found)


def _in_time(case: Case, choice: Choice) -> Case:
    """Give the prices of all partings of groups twice the time of the plan: each is a search of its own."""
    if case.one_each or case.request.form == "hub":
        return case
    time_s = max(LEAST_SECONDS, 2 * sum(level.seconds for level in choice.levels))
    limits = replace(case.limits, time_s=min(time_s, case.stop.remaining))
    return replace(case, limits=limits, stop=case.stop.afresh(limits))


def _partners(case: Case, chosen: Ints) -> defaultdict[int, set[int]]:
    """Schools that each school is together with as lead or member."""
    partners: defaultdict[int, set[int]] = defaultdict(set)
    edges = case.network.edges
    for e in chosen:
        a, b = int(edges.lead[e]), int(edges.member[e])
        partners[a].add(b)
        partners[b].add(a)
    return partners


def _barred(case: Case, lead: int, member: int) -> tuple[str, ...]:
    """Rules against two schools, whoever of them leads; the shorter list of the two."""
    ids = case.schools.ids
    ways = [case.network.why_missing(ids[a], ids[b]) for a, b in ((lead, member), (member, lead))]
    return min(ways, key=len)


def _priced(case: Case, choice: Choice, change: PartnerChange, tie: tuple[int, int]) -> PartnerChange:
    """Add what keeping would have cost."""
    if case.stop.now:
        return change
    again = decide(case, [ordered(*tie)])
    cost = None if again.chosen is None else losses(choice, again)
    return PartnerChange(
        change.alliance_id,
        change.lead,
        change.member,
        change.lead_now,
        change.member_now,
        cost=cost,
        possible=not again.infeasible,
    )
