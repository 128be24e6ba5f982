"""Schools that stay outside, and the first reason that leaves them no partner."""

from __future__ import annotations

import numpy as np

from allocator.alliance.forming import Case
from allocator.alliance.reach import BLOCK, pairs_within
from allocator.domain.allied import Outside
from allocator.solving.model import Bools, Floats, Ints

ORDER = ("A2", "has_tag", "A5", "A3", "area", "capacity", "A6", "A4")
"""Reasons as they are gone through: what a school is, then whom it may meet, then how far that is."""


def outside(case: Case, chosen: Ints, *, proven: bool) -> tuple[Outside, ...]:
    """Say of each school without an alliance why, in the order of the district.

    Parameters
    ----------
    proven
        Whether the plan is known to be the best; that joining would add nothing is said of no other.
    """
    edges, schools = case.network.edges, case.schools
    joined = np.zeros(len(schools), dtype=bool)
    joined[edges.lead[chosen]] = joined[edges.member[chosen]] = True
    left = np.flatnonzero(~joined)
    possible = np.zeros(len(schools), dtype=bool)
    possible[edges.lead] = possible[edges.member] = True
    reasons = _without_edge(case, left[~possible[left]])
    reasons |= _with_edge(case, left[possible[left]], joined, proven=proven)
    return tuple(reasons[int(school)] for school in left)


def _with_edge(case: Case, left: Ints, joined: Bools, *, proven: bool) -> dict[int, Outside]:
    """Schools that could have a partner: all are taken, or none would gain the county anything."""
    edges, n = case.network.edges, len(case.schools)
    pairs = np.concatenate((edges.lead * n + edges.member, edges.member * n + edges.lead))
    own, other = np.divmod(np.unique(pairs[np.isin(pairs // n, left)]), n)
    others = np.bincount(own, minlength=n).tolist()
    free = np.bincount(own[~joined[other]], minlength=n).tolist()
    usual = "taken" if case.one_each else "full"
    found: dict[int, Outside] = {}
    for school in left.tolist():
        reason = "no_group" if case.request.form == "group" else "no_gain" if free[school] else usual
        reason = reason if proven or reason == "taken" else "open"
        params = {"partners": others[school], "free": free[school]}
        found[school] = Outside(case.schools.ids[school], reason, params)
    return found


def _without_edge(case: Case, left: Ints) -> dict[int, Outside]:
    """Schools without any edge, some at a time."""
    step = max(1, BLOCK // max(1, len(case.schools)))
    found: dict[int, Outside] = {}
    for begin in range(0, len(left), step):
        found |= _part(case, left[begin : begin + step])
    return found


def _part(case: Case, left: Ints) -> dict[int, Outside]:
    """Go through the reasons; the one that leaves a school nobody is its reason.

    Both directions count: somebody is left as long as either is.
    """
    everyone = np.arange(len(case.schools))
    a, b, km = pairs_within(case.network.district, case.schools, left, everyone, None)
    ways = [case.network.eligibility(a, b, km), case.network.eligibility(b, a, km)]
    alive = [np.ones(len(a), dtype=bool) for _ in ways]
    found: dict[int, Outside] = {}
    for reason in ORDER:
        before = alive[0] | alive[1]
        if reason in ways[0]:
            alive = [live & ~way[reason] for live, way in zip(alive, ways, strict=True)]
        now = set(a[alive[0] | alive[1]].tolist())
        for school in left.tolist():
            if school not in found and school not in now:
                found[school] = _reason(case, school, reason, (a, b, km), before)
    return {s: found.get(s, Outside(case.schools.ids[s], "not_lead")) for s in left.tolist()}


def _reason(case: Case, school: int, reason: str, pairs: tuple[Ints, Ints, Floats], before: Bools) -> Outside:
    """One school's reason, with the nearest of those that it leaves out."""
    a, b, km = pairs
    own = np.flatnonzero((a == school) & before)
    params: dict[str, object] = {"partners": len(own), "limit": case.network.policy.alliance.max_km}
    known = own[~np.isnan(km[own])]
    key = reason
    if reason == "A4":
        key = "A4" if len(known) else "A4_unknown"
    elif not len(own):
        key = "alone"
    if len(known):
        nearest = known[np.argmin(km[known])]
        params |= {"nearest": case.schools.ids[b[nearest]], "km": float(km[nearest])}
    return Outside(case.schools.ids[school], key, params)
