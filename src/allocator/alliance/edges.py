"""Possible alliances of two schools: a lead, a member, and what joining them is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocator.alliance.links import Links
from allocator.alliance.schools import Schools
from allocator.domain.policy import Policy
from allocator.solving.model import Bools, Floats, Ints

BENEFIT_UNIT = 1e-6
"""Resolution of the level benefit: sums are of whole multiples, so that levels can be kept exactly."""
METRES = 1000
"""Resolution of the level distance: a kilometre is so many metres."""


@dataclass(frozen=True)
class Edges:
    """Possible alliances, e in number.

    Attributes
    ----------
    lead, member
        Shape (e,): positions of the schools.
    km
        Shape (e,): kilometres to the metre; NaN where unknown.
    complementarity
        Shape (e,): sum over shared stages and I1-I7 of min(lead's surplus, member's deficit).
    shared_tags
        Shape (e,): tags that both have.
    wish
        Shape (e,): weight of the wish link.
    benefit
        Shape (e,): complementarity + 0.5 for each shared tag (up to 2) + wish, to the millionth.
    covers
        Shape (e,): whether the member is a lower school, so that it counts in the coverage.
    tag
        Shape (e,): hubs, the column of the tag that the hub is for; -1 elsewhere.
    """

    lead: Ints
    member: Ints
    km: Floats
    complementarity: Floats
    shared_tags: Ints
    wish: Floats
    benefit: Floats
    covers: Bools
    tag: Ints

    def __len__(self) -> int:
        return len(self.lead)

    @property
    def units(self) -> Ints:
        """Benefit in whole units of a millionth."""
        return np.rint(self.benefit / BENEFIT_UNIT).astype(np.int64)

    @property
    def metres(self) -> Ints:
        """Distance in metres; an unknown one counts as 0."""
        return np.rint(np.nan_to_num(self.km) * METRES).astype(np.int64)

    def take(self, keep: Bools | Ints) -> Edges:
        """Some of the edges."""
        return replace(self, **{name: value[keep] for name, value in vars(self).items()})


def weigh(
    schools: Schools,
    policy: Policy,
    links: Links,
    lead: Ints,
    member: Ints,
    km: Floats,
    tag: Ints | None = None,
) -> Edges:
    """Work out what joining each lead with its member is worth."""
    complementarity = complement(schools, lead, member).sum(axis=(1, 2))
    shared = (schools.tags[lead] & schools.tags[member]).sum(axis=1).astype(np.int64)
    wish = links.wish(len(schools), lead, member)
    numbers = policy.alliance
    benefit = complementarity + numbers.tag_weight * np.minimum(shared, numbers.max_tags) + wish
    return Edges(
        lead=lead,
        member=member,
        km=km,
        complementarity=complementarity,
        shared_tags=shared,
        wish=wish,
        benefit=np.rint(benefit / BENEFIT_UNIT) * BENEFIT_UNIT,
        covers=np.asarray(schools.lower[member].any(axis=1)),
        tag=np.full(len(lead), -1, dtype=np.int64) if tag is None else tag,
    )


def complement(schools: Schools, lead: Ints, member: Ints) -> Floats:
    """Shape (e, 2, 7): min(lead's surplus, member's deficit) by stage and indicator, 0 in stages not shared.

    A stage that one of them does not have has neither surplus nor deficit.
    """
    return np.minimum(schools.surplus[lead], schools.deficit[member])


def best_directions(edges: Edges, schools: int, *, covering: bool = True) -> Edges:
    """Keep one direction of each pair: coverage (if a level), benefit, distance, then whichever comes first."""
    uncovered = ~edges.covers if covering else np.zeros(len(edges), dtype=bool)
    low, high = np.minimum(edges.lead, edges.member), np.maximum(edges.lead, edges.member)
    key = low * schools + high
    order = np.lexsort((np.arange(len(key)), edges.metres, -edges.units, uncovered, key))
    first = np.concatenate(([True], np.diff(key[order]) != 0)) if len(order) else np.zeros(0, dtype=bool)
    return edges.take(np.sort(order[first]))
