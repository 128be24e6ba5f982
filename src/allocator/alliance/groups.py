"""Groups 1+n as an integer program: who leads, who joins whom, how large a group may be, how many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from allocator.alliance.edges import Edges
from allocator.alliance.hubs import apart_in_one, common_columns
from allocator.alliance.links import Pair
from allocator.alliance.model import Program
from allocator.alliance.network import Network
from allocator.solving.model import Entries, Floats, Ints

NO_TAG = -1


@dataclass
class GroupProgram(Program):
    """The rules of groups as rows: columns of the edges first, then one a lead that says whether it leads.

    Attributes
    ----------
    quality
        Shape (n,): points of each school, NaN where nothing is known of it.
    heads
        Lead -> column that says whether it leads a group.
    most
        Lead -> members it may have.
    """

    quality: Floats = field(default_factory=lambda: np.zeros(0))
    heads: Mapping[int, int] = field(default_factory=dict)
    most: Mapping[int, int] = field(default_factory=dict)
    least: int = 1

    def cover(self, least: int) -> None:
        """At least so many lower schools are members."""
        if least > 0:
            self.model.add_row(float(least), np.inf, np.flatnonzero(self.edges.covers), 1.0)

    @property
    def own(self) -> Mapping[int, Ints]:
        """Lead -> its edges."""
        return edges_by(self.edges.lead)


def edges_by(ends: Ints) -> Mapping[int, Ints]:
    """School -> edges that have it at this end, ascending; schools in order."""
    order = np.argsort(ends, kind="stable")
    schools, begin = np.unique(ends[order], return_index=True)
    return dict(zip(schools.tolist(), np.split(order, begin[1:]), strict=False))


def group_program(
    network: Network,
    capacities: Mapping[int, int],
    number: int | None = None,
    number_in: Mapping[str, int] | None = None,
) -> GroupProgram:
    """Write down the rules of groups.

    Parameters
    ----------
    capacities
        Members that a lead may have, by position, where that differs from the policy's.
    number
        Groups to be formed; any number where None.
    number_in
        Learning district -> groups to be formed whose lead lies there.
    """
    edges, rules = network.edges, network.policy.alliance
    program = GroupProgram(edges, quality=network.schools.quality)
    leads = [int(lead) for lead in np.unique(edges.lead)]
    columns = program.binaries(len(leads)).tolist()
    program.heads = dict(zip(leads, columns, strict=True))
    program.most = {lead: capacities.get(lead, rules.group_max_members) for lead in leads}
    program.least = rules.group_min_members
    _sizes(program)
    _one_part_each(program)
    _counts(program, network, number, number_in or {})
    _links(program, network)
    return program


def _sizes(program: GroupProgram) -> None:
    """A lead has members if and only if it leads, and as many as a group may have."""
    entries, row = Entries(), 0
    for lead, own in program.own.items():
        for factor in (program.most[lead], program.least):
            entries.add(np.full(len(own), row), own, 1.0)
            entries.add(np.array([row]), np.array([program.heads[lead]]), -float(factor))
            row += 1
    upper = np.tile([0.0, np.inf], row // 2)
    if row:
        program.model.add_rows(np.tile([-np.inf, 0.0], row // 2), upper, entries)


def _one_part_each(program: GroupProgram) -> None:
    """A school is in one group at most, as its lead or a member."""
    parts = defaultdict[int, list[int]](list)
    for school, own in edges_by(program.edges.member).items():
        parts[school] += own.tolist()
    for school, column in program.heads.items():
        parts[school].append(column)
    program.at_most(parts.values(), 1.0)


def _counts(program: GroupProgram, network: Network, number: int | None, number_in: Mapping[str, int]) -> None:
    """Hold the numbers of groups asked for, in all and in learning districts."""
    where = [school.learning_district for school in network.district.schools]
    wanted: list[tuple[Sequence[int], int]] = [
        ([column for lead, column in program.heads.items() if where[lead] == name], count)
        for name, count in number_in.items()
    ]
    if number is not None:
        wanted.append((list(program.heads.values()), number))
    for columns, count in wanted:
        program.model.add_row(
            float(count), float(count), np.array(columns, dtype=np.int64), np.ones(len(columns))
        )


def _links(program: GroupProgram, network: Network) -> None:
    """A6: two members of a group are not apart; schools that are together have a group in common."""
    groups = {(lead, NO_TAG): own.tolist() for lead, own in program.own.items()}
    apart_in_one(program, network, groups)
    together: list[Pair] = sorted(network.links.together)
    for pair in together:
        program.at_least_one([common_columns(program, network.edges, groups, pair)])


def group_means(edges: Edges, quality: Floats) -> Floats:
    """Mean quality of each group that edges make, its lead included, where anything is known."""
    means = []
    for lead, own in edges_by(edges.lead).items():
        points = quality[[lead, *edges.member[own].tolist()]]
        known = points[~np.isnan(points)]
        if len(known):
            means.append(float(known.mean()))
    return np.array(means)


def spread_of(edges: Edges, quality: Floats) -> float:
    """Largest less smallest mean quality of the groups; 0 for fewer than two."""
    means = group_means(edges, quality)
    return float(means.max() - means.min()) if len(means) else 0.0
