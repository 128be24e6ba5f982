"""Which schools may join which: for each form the reasons against a lead and a member, by rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from allocator.alliance.links import Links
from allocator.alliance.schools import Schools
from allocator.domain.alliance import PairKind
from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.domain.policy import Policy
from allocator.solving.model import Bools, Floats, Ints

Reasons = dict[str, Bools]
"""Reason -> shape (e,): whether it stands against each lead and member. Reasons are rule ids or words."""

Eligibility = Callable[[Ints, Ints, Floats], Reasons]
"""Leads, members and kilometres, all of shape (e,), to the reasons against them."""

PRIMARY, JUNIOR = 0, 1
YEARS = {Stage.PRIMARY: 6, Stage.JUNIOR: 3}


@dataclass(frozen=True)
class Terms:
    """What eligibility is judged on."""

    schools: Schools
    policy: Policy
    links: Links

    def common(self, lead: Ints, member: Ints, km: Floats) -> Reasons:
        """A4 and A6: too far apart (or the distance unknown), or linked as apart."""
        near = km <= self.policy.alliance.max_km
        return {
            "A4": ~near & self.policy.active("A4"),
            "A6": self.links.are_apart(len(self.schools), lead, member),
        }


def for_pairs(terms: Terms, kind: PairKind) -> Eligibility:
    """A5: a shared stage; A3: there the lead is strong and the member lower, or both stand alike."""
    schools, active = terms.schools, terms.policy.active

    def reasons(lead: Ints, member: Ints, km: Floats) -> Reasons:
        shared = (schools.taught[lead] & schools.taught[member]).any(axis=1)
        found = {"A5": np.asarray(~shared & active("A5"))}
        if kind == "same_level":
            strong, lower = schools.strong, schools.lower
            fits = (strong[lead] & strong[member]) | (lower[lead] & lower[member])
        else:
            fits = schools.strong[lead] & schools.lower[member]
        found["A3"] = np.asarray(~fits.any(axis=1) & active("A3"))
        return found | terms.common(lead, member, km)

    return reasons


def for_chains(terms: Terms, district: District) -> Eligibility:
    """One primary and one junior section, of one area, the junior one with places for the leavers.

    The area is the learning district (the town, where one of the two has none); where neither is known for
    both, it does not part them. Places a year are a third of the junior seats, leavers the pupils of grade 6;
    where either is unknown, they do not part them.
    """
    schools = terms.schools
    district_of = _numbers([s.learning_district for s in district.schools])
    town_of = _numbers([s.town for s in district.schools])
    leavers = np.array([_known(s.pupils_g6) for s in district.schools], dtype=float)
    places = np.array([_known(s.seats_junior) for s in district.schools], dtype=float) / YEARS[Stage.JUNIOR]

    def reasons(lead: Ints, member: Ints, km: Floats) -> Reasons:
        taught = schools.taught
        up = taught[lead, PRIMARY] & taught[member, JUNIOR]
        down = taught[lead, JUNIOR] & taught[member, PRIMARY]
        room = (up & ~(leavers[lead] > places[member])) | (down & ~(leavers[member] > places[lead]))
        known = (district_of[lead] >= 0) & (district_of[member] >= 0)
        towns = (town_of[lead] >= 0) & (town_of[member] >= 0)
        parted = np.where(
            known, district_of[lead] != district_of[member], towns & (town_of[lead] != town_of[member])
        )
        found = {"A2": ~(up | down), "area": parted.astype(bool), "capacity": (up | down) & ~room}
        return found | terms.common(lead, member, km)

    return reasons


def for_hubs(terms: Terms, tag: int, may_lead: Bools) -> Eligibility:
    """A2: the lead has the tag; a school that may lead hubs of a tag joins none of another lead."""
    tags = terms.schools.tags

    def reasons(lead: Ints, member: Ints, km: Floats) -> Reasons:
        return {"A2": ~tags[lead, tag], "has_tag": tags[member, tag] & may_lead[member]} | terms.common(
            lead, member, km
        )

    return reasons


def allowed(reasons: Mapping[str, Bools], edges: int) -> Bools:
    """Shape (e,): whether nothing stands against an edge."""
    free = np.ones(edges, dtype=bool)
    for against in reasons.values():
        free &= ~against
    return free


def _numbers(names: list[str | None]) -> Ints:
    """Number of each name, -1 where there is none."""
    known = {name: k for k, name in enumerate(sorted({name for name in names if name}))}
    return np.array([known[name] if name else -1 for name in names], dtype=np.int64)


def _known(value: int | None) -> float:
    return np.nan if value is None else float(value)
