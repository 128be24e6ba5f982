"""Pairs and chains: every school in one at most, chosen by matching or, with further rules, by the program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from allocator.alliance.edges import BENEFIT_UNIT, METRES, Edges, best_directions, weigh
from allocator.alliance.eligibility import Eligibility, Terms, allowed, for_chains, for_pairs
from allocator.alliance.links import Pair, ordered
from allocator.alliance.model import Choice, Level, Program
from allocator.alliance.network import Network
from allocator.alliance.pair_flow import best_pairs
from allocator.alliance.reach import pairs_within
from allocator.domain.alliance import PairKind
from allocator.domain.district import District
from allocator.domain.run import StopSignal
from allocator.solving.matching import maximum_weight_matching
from allocator.solving.model import Ints


def pair_network(
    district: District,
    terms: Terms,
    kind: PairKind = "strong_weak",
    leads: Ints | None = None,
    *,
    both_ways: bool = False,
) -> Network:
    """Possible pairs, or members of groups.

    Parameters
    ----------
    leads
        Positions of the schools that may lead, all where None.
    both_ways
        Whether two schools that may lead each other have an edge each way, as in groups.
    """
    schools = terms.schools
    everyone = np.arange(len(schools))
    first = everyone if leads is None else leads
    second = everyone
    if kind == "strong_weak" and terms.policy.active("A3"):
        first = first[schools.strong[first].any(axis=1)]
        second = np.flatnonzero(schools.lower.any(axis=1))
    return _network(district, terms, for_pairs(terms, kind), first, second, both_ways=both_ways)


def chain_network(district: District, terms: Terms, leads: Ints | None = None) -> Network:
    """Possible chains; where nothing else decides, the school with the junior section leads."""
    schools = terms.schools
    everyone = np.arange(len(schools))
    first = everyone if leads is None else leads
    junior_first = first[np.argsort(~schools.taught[first, 1], kind="stable")]
    return _network(district, terms, for_chains(terms, district), junior_first, everyone)


def _network(
    district: District,
    terms: Terms,
    eligibility: Eligibility,
    first: Ints,
    second: Ints,
    *,
    both_ways: bool = False,
) -> Network:
    """Weigh the pairs in reach that nothing stands against, in its better direction unless both count."""
    most = terms.policy.alliance.max_km if terms.policy.active("A4") else None
    lead, member, km = pairs_within(district, terms.schools, first, second, most)
    keep = allowed(eligibility(lead, member, km), len(lead))
    edges = weigh(terms.schools, terms.policy, terms.links, lead[keep], member[keep], km[keep])
    if not both_ways:
        edges = best_directions(edges, len(terms.schools), covering=terms.policy.active("A7"))
    return Network(district, terms.policy, terms.schools, terms.links, edges, eligibility)


def by_pair(edges: Edges) -> Mapping[Pair, int]:
    """Edge of each unordered pair of schools."""
    ends = zip(edges.lead.tolist(), edges.member.tolist(), strict=True)
    return {ordered(a, b): e for e, (a, b) in enumerate(ends)}


def weights(edges: Edges) -> list[int]:
    """Whole numbers whose sum orders plans as the levels do: coverage, then benefit, then distance.

    A lower school outweighs all benefit that a plan can have, a millionth of benefit all its metres: the order
    is exact, at a resolution of 0.000001 in benefit and 1 m in distance.
    """
    if not len(edges):
        return []
    schools = len(np.unique(np.concatenate((edges.lead, edges.member))))
    most = schools // 2
    metre_room = int(edges.metres.max()) * most + 1
    benefit_room = (int(edges.units.max()) + 1) * most * metre_room + metre_room
    columns = zip(edges.covers.tolist(), edges.units.tolist(), edges.metres.tolist(), strict=True)
    return [covers * benefit_room + units * metre_room - metres for covers, units, metres in columns]


def match(edges: Edges, schools: int, forced: Ints, stop: StopSignal, *, covering: bool = True) -> Choice:
    """Choose the best pairs, by a flow or by maximum-weight matching: every level is at its optimum.

    Parameters
    ----------
    forced
        Edges that are chosen whatever else happens, without a school in common.
    covering
        Whether coverage is a level (A7).
    """
    began = stop.seconds
    taken = np.zeros(schools, dtype=bool)
    taken[edges.lead[forced]] = taken[edges.member[forced]] = True
    free = np.flatnonzero(~taken[edges.lead] & ~taken[edges.member])
    rest = edges.take(free)
    if not covering:
        rest = replace(rest, covers=np.zeros(len(rest), dtype=bool))
    found = best_pairs(rest, schools, stop)
    if found is None:
        found = matched(rest, schools)
    chosen = np.sort(np.concatenate((forced, free[found]))).astype(np.int64)
    seconds = stop.seconds - began
    values = level_values(edges.take(chosen))
    if not covering:
        del values["coverage"]
    return Choice(
        chosen,
        tuple(Level(name, v, v, seconds if not k else 0.0) for k, (name, v) in enumerate(values.items())),
    )


def matched(edges: Edges, schools: int) -> Ints:
    """Choose the best pairs among any schools: one weight for all levels."""
    found = maximum_weight_matching(schools, edges.lead, edges.member, weights(edges))
    return np.array(found, dtype=np.int64)


def level_values(edges: Edges) -> dict[str, float]:
    """Levels of a plan in which every edge is another member."""
    return {
        "coverage": float(edges.covers.sum()),
        "benefit": float(edges.units.sum() * BENEFIT_UNIT),
        "distance": float(edges.metres.sum() / METRES),
    }


def pair_program(edges: Edges, forced: Ints) -> Program:
    """The rules of pairs as an integer program: one partner each (A1)."""
    program = Program(edges)
    program.force(forced.tolist())
    at: defaultdict[int, list[int]] = defaultdict(list)
    for ends in (edges.lead, edges.member):
        for e, school in enumerate(ends.tolist()):
            at[school].append(e)
    program.at_most(at.values(), 1.0)
    return program
