"""Blocking pairs: two schools that would both gain by leaving their partners for each other.

A school's gain is the benefit of its edge, then the shorter distance; any partner is better than none. Both
ends of an edge see the same gain, so a plan without blocking pairs always exists: take the best edge that is
left, again and again.
"""

from __future__ import annotations

import numpy as np

from allocator.alliance.edges import Edges
from allocator.alliance.model import Program
from allocator.domain.allied import BlockingPair
from allocator.solving.model import Entries, Ints


def ranks(edges: Edges) -> Ints:
    """Shape (e,): place of each edge by benefit, then distance; 0 is the best, equal edges share a place."""
    order = np.lexsort((edges.metres, -edges.units))
    new = np.ones(len(edges), dtype=np.int64)
    new[1:] = (np.diff(edges.units[order]) != 0) | (np.diff(edges.metres[order]) != 0)
    places = np.empty(len(edges), dtype=np.int64)
    places[order] = np.cumsum(new) - 1
    return places


def blocking(
    edges: Edges, chosen: Ints, ids: tuple[str, ...], bound: frozenset[int]
) -> tuple[BlockingPair, ...]:
    """Find the blocking pairs of a plan, the best first.

    Parameters
    ----------
    bound
        Positions of schools whose partner is not theirs to leave (links `together`).
    """
    if not len(edges):
        return ()
    places = ranks(edges)
    partner = np.full(len(ids), -1)
    partner[edges.lead[chosen]] = partner[edges.member[chosen]] = chosen
    now = np.where(partner >= 0, places[partner], len(edges))
    gains = (places < now[edges.lead]) & (places < now[edges.member])
    gains &= ~np.isin(edges.lead, list(bound)) & ~np.isin(edges.member, list(bound))
    found = np.flatnonzero(gains)
    return tuple(_pair(edges, int(e), partner, ids) for e in found[np.argsort(places[found], kind="stable")])


def _pair(edges: Edges, e: int, partner: Ints, ids: tuple[str, ...]) -> BlockingPair:
    def has(school: int) -> tuple[str | None, float | None]:
        own = int(partner[school])
        if own < 0:
            return None, None
        other = edges.member[own] if edges.lead[own] == school else edges.lead[own]
        return ids[other], float(edges.benefit[own])

    a, b = int(edges.lead[e]), int(edges.member[e])
    km = None if np.isnan(edges.km[e]) else float(edges.km[e])
    return BlockingPair(ids[a], ids[b], float(edges.benefit[e]), km, *has(a), *has(b))


def forbid_blocking(program: Program, edges: Edges, bound: frozenset[int]) -> None:
    """Add one row an edge: it is chosen, or one of its schools has a partner at least as good.

    The sum of x_f over all edges f at the lead or the member that rank at least as high, e itself among
    them, is at least 1.
    """
    places = ranks(edges)
    at: dict[int, list[int]] = {}
    for e in np.argsort(places, kind="stable").tolist():
        for school in (int(edges.lead[e]), int(edges.member[e])):
            at.setdefault(school, []).append(e)
    position = {school: np.array(own) for school, own in at.items()}
    entries, rows = Entries(), 0
    for e in range(len(edges)):
        ends = int(edges.lead[e]), int(edges.member[e])
        if bound.intersection(ends):
            continue
        better = [position[s][places[position[s]] <= places[e]] for s in ends]
        columns = np.union1d(*better)
        entries.add(np.full(len(columns), rows), columns, 1.0)
        rows += 1
    if rows:
        program.model.add_rows(np.ones(rows), np.full(rows, np.inf), entries)


def greedy(edges: Edges, schools: int) -> tuple[Ints, bool]:
    """Take the best edge that is left, again and again.

    Returns
    -------
    chosen
        Edges of a plan without blocking pairs.
    only
        Whether it is proven that there is no other such plan: no edge that could still be chosen ever tied with
        another at the same school.
    """
    places = ranks(edges)
    taken = np.zeros(schools, dtype=bool)
    chosen: list[int] = []
    only = True
    order = np.argsort(places, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(places[order])) + 1):
        free = [int(e) for e in part if not (taken[edges.lead[e]] or taken[edges.member[e]])]
        ends = [int(s) for e in free for s in (edges.lead[e], edges.member[e])]
        only = only and len(set(ends)) == len(ends)
        for e in free:
            if not (taken[edges.lead[e]] or taken[edges.member[e]]):
                taken[edges.lead[e]] = taken[edges.member[e]] = True
                chosen.append(e)
    return np.array(sorted(chosen), dtype=np.int64), only
