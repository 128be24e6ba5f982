"""Links between schools, and the alliances that exist already, by the positions of schools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from allocator.alliance.schools import Schools
from allocator.domain.choices import AllianceRole, LinkKind
from allocator.domain.district import District
from allocator.domain.policy import Policy
from allocator.solving.model import Bools, Floats, Ints

Pair = tuple[int, int]
WISH_WEIGHT = 1.0
"""Weight of a wish whose cell is blank."""


@dataclass(frozen=True)
class Links:
    """Links as unordered pairs of positions, the smaller first; without rule A6 the first two are empty."""

    together: frozenset[Pair]
    apart: frozenset[Pair]
    wishes: Mapping[Pair, float]

    def are_apart(self, schools: int, first: Ints, second: Ints) -> Bools:
        """Whether each pair must not be together."""
        return np.isin(_keys(schools, first, second), [a * schools + b for a, b in self.apart])

    def wish(self, schools: int, first: Ints, second: Ints) -> Floats:
        """Weight of the wish for each pair, 0 where there is none."""
        if not self.wishes:
            return np.zeros(len(first))
        keys = np.array([a * schools + b for a, b in self.wishes])
        order = np.argsort(keys)
        weights = np.array(list(self.wishes.values()))[order]
        at = np.minimum(np.searchsorted(keys[order], found := _keys(schools, first, second)), len(keys) - 1)
        return np.where(keys[order][at] == found, weights[at], 0.0)


def _keys(schools: int, first: Ints, second: Ints) -> Ints:
    keys: Ints = np.minimum(first, second) * schools + np.maximum(first, second)
    return keys


def collect_links(district: District, policy: Policy, schools: Schools) -> Links:
    """Collect the table `links`; several wishes for one pair add up."""
    number = schools.number()
    found: dict[LinkKind, dict[Pair, float]] = {kind: {} for kind in LinkKind}
    for link in district.links:
        pair = ordered(number[link.school_a], number[link.school_b])
        weight = WISH_WEIGHT if link.weight is None else link.weight
        found[link.link][pair] = found[link.link].get(pair, 0.0) + weight
    bound = policy.active("A6")
    return Links(
        together=frozenset(found[LinkKind.TOGETHER] if bound else ()),
        apart=frozenset(found[LinkKind.APART] if bound else ()),
        wishes=found[LinkKind.WISH],
    )


def ordered(a: int, b: int) -> Pair:
    """A pair of positions, the smaller first."""
    return (a, b) if a < b else (b, a)


@dataclass(frozen=True)
class Existing:
    """One alliance of the last period.

    `lead` is None where the table names none.
    """

    alliance_id: str
    lead: int | None
    members: tuple[int, ...]
    since: Mapping[int, int | None]

    @property
    def schools(self) -> tuple[int, ...]:
        """Lead and members."""
        return self.members if self.lead is None else (self.lead, *self.members)


def existing(district: District, schools: Schools, form: str) -> tuple[Existing, ...]:
    """Alliances of one form in the table `memberships`, in the order of their codes."""
    number = schools.number()
    rows: dict[str, list[tuple[int, AllianceRole, int | None]]] = {}
    for row in district.memberships:
        if row.form == form:
            rows.setdefault(row.alliance_id, []).append((number[row.school_id], row.role, row.since))
    return tuple(
        Existing(
            alliance_id=code,
            lead=next((i for i, role, _ in parts if role is AllianceRole.LEAD), None),
            members=tuple(sorted(i for i, role, _ in parts if role is AllianceRole.MEMBER)),
            since={i: since for i, _, since in parts},
        )
        for code, parts in sorted(rows.items())
    )
