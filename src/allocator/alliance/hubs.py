"""Hubs: many members to a lead with a tag, capacities per lead, a member in several hubs of different tags.

A school with a tag leads hubs of that tag and joins none, unless others are named as leads. So this is a flow
from schools through (member, tag) to (lead, tag), whose relaxation is whole; links inside a hub add rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from allocator.alliance.edges import Edges, weigh
from allocator.alliance.eligibility import Reasons, Terms, allowed, for_hubs
from allocator.alliance.links import Pair
from allocator.alliance.model import Program
from allocator.alliance.network import Network
from allocator.alliance.reach import pairs_within
from allocator.domain.district import District
from allocator.solving.model import Floats, Ints

Hub = tuple[int, int]
"""Lead and column of the tag."""


def hub_network(
    district: District, terms: Terms, tags: Sequence[str] | None = None, leads: Ints | None = None
) -> Network:
    """Possible members of hubs, one edge a lead, member and tag.

    Parameters
    ----------
    tags
        Tags that hubs are formed for; all where None. A tag that no school has gives no edge.
    leads
        Positions of the schools that may lead; all with a tag where None.
    """
    schools = terms.schools
    everyone = np.arange(len(schools))
    most = terms.policy.alliance.max_km if terms.policy.active("A4") else None
    first = everyone if leads is None else leads
    columns = [k for k, name in enumerate(schools.tag_names) if tags is None or name in tags]
    able = first[schools.tags[first][:, columns].any(axis=1)]
    lead, member, km = pairs_within(district, schools, able, everyone, most)
    may_lead = np.zeros(len(schools), dtype=bool)
    may_lead[first] = True
    parts = []
    for tag in columns:
        keep = allowed(for_hubs(terms, tag, may_lead)(lead, member, km), len(lead))
        parts.append((lead[keep], member[keep], km[keep], np.full(int(keep.sum()), tag)))
    lead, member, km, tag_of = (
        (np.concatenate(arrays) for arrays in zip(*parts, strict=True)) if parts else _nothing()
    )
    edges = weigh(schools, terms.policy, terms.links, lead, member, km, tag_of)

    def reasons(lead: Ints, member: Ints, km: Floats) -> Reasons:
        tagged = schools.tags[lead][:, columns]
        joins = tagged & ~(schools.tags[member][:, columns] & may_lead[member, None])
        found = {"A2": np.asarray(~tagged.any(axis=1)), "has_tag": np.asarray(~joins.any(axis=1))}
        return found | terms.common(lead, member, km)

    return Network(district, terms.policy, schools, terms.links, edges, reasons)


def _nothing() -> tuple[Ints, Ints, Floats, Ints]:
    none = np.zeros(0, dtype=np.int64)
    return none, none, np.zeros(0), none


def hub_program(network: Network, capacities: Mapping[int, int]) -> Program:
    """The rules of hubs as an integer program: A1 for each tag, the capacities of A2, the links of A6.

    Parameters
    ----------
    capacities
        Members that a lead may have for a tag, by position, where that differs from the policy's.
    """
    edges, usual = network.edges, network.policy.alliance.hub_capacity
    program = Program(edges)
    of_hub: defaultdict[Hub, list[int]] = defaultdict(list)
    of_member: defaultdict[Hub, list[int]] = defaultdict(list)
    ends = zip(edges.lead.tolist(), edges.member.tolist(), edges.tag.tolist(), strict=True)
    for e, (lead, member, tag) in enumerate(ends):
        of_hub[lead, tag].append(e)
        of_member[member, tag].append(e)
    for size in {capacities.get(lead, usual) for lead, _ in of_hub}:
        groups = [own for (lead, _), own in of_hub.items() if capacities.get(lead, usual) == size]
        program.at_most(groups, size)
    program.at_most(of_member.values(), 1.0)
    program.cover_once()
    apart_in_one(program, network, of_hub)
    for a, b in sorted(network.links.together):
        program.at_least_one([common_columns(program, edges, of_hub, (a, b))])
    return program


def common_columns(program: Program, edges: Edges, of_hub: Mapping[Hub, list[int]], pair: Pair) -> list[int]:
    """Columns of which one says that two schools have a hub or group in common."""
    a, b = pair
    own = np.flatnonzero(
        ((edges.lead == a) & (edges.member == b)) | ((edges.lead == b) & (edges.member == a))
    ).tolist()
    for columns in of_hub.values():
        ends = {int(edges.member[e]): e for e in columns}
        if a in ends and b in ends:
            both = int(program.binaries(1)[0])
            for e in (ends[a], ends[b]):
                program.model.add_row(-np.inf, 0.0, np.array([both, e]), np.array([1.0, -1.0]))
            own.append(both)
    return own


def apart_in_one(program: Program, network: Network, of_hub: Mapping[Hub, list[int]]) -> None:
    """Two members of one hub or group are not linked as apart."""
    if not network.links.apart:
        return
    groups = []
    for columns in of_hub.values():
        ends = {int(network.edges.member[e]): e for e in columns}
        groups += [(ends[a], ends[b]) for a, b in network.links.apart if a in ends and b in ends]
    program.at_most(groups, 1.0)
