"""The network of possible alliances: who could lead whom, what it is worth, and why an edge is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np

from allocator.alliance.edges import Edges, complement, weigh
from allocator.alliance.eligibility import Eligibility
from allocator.alliance.links import Links
from allocator.alliance.reach import pairs_within, travel_km
from allocator.alliance.schools import STAGE_ORDER, Schools
from allocator.domain.district import District
from allocator.domain.measures import INDICATORS
from allocator.domain.policy import Policy
from allocator.domain.worth import Term, Worth
from allocator.geography import great_circle_km
from allocator.solving.model import Floats, Ints


@dataclass(frozen=True)
class Network:
    """Possible alliances of one form.

    Attributes
    ----------
    edges
        All possible ones, lead to member.
    eligibility
        The reasons against any lead and member, by rule.
    """

    district: District
    policy: Policy
    schools: Schools
    links: Links
    edges: Edges
    eligibility: Eligibility

    def why_missing(self, lead: str, member: str) -> tuple[str, ...]:
        """Rules against an edge from lead to member; empty if it is there.

        Besides rule ids: `area` and `capacity` (chains).
        """
        a, b, km = self._pair(lead, member)
        return tuple(name for name, against in self.eligibility(a, b, km).items() if against[0])

    def worth(self, lead: str, member: str) -> Worth:
        """Explain the benefit of two schools, whether they may join or not."""
        return self.worths([(lead, member)])[0]

    def worths(self, pairs: Sequence[tuple[str, str]]) -> tuple[Worth, ...]:
        """Explain the benefit of many leads, each with a member."""
        number = self.schools.number()
        lead, member = np.array([(number[a], number[b]) for a, b in pairs], dtype=np.int64).reshape(-1, 2).T
        edges = weigh(self.schools, self.policy, self.links, lead, member, self._kilometres(lead, member))
        counted = complement(self.schools, lead, member) > 0
        return tuple(self._worth(edges, e, np.argwhere(counted[e])) for e in range(len(edges)))

    def graph(self, *, all_pairs: bool = False) -> nx.DiGraph[str]:
        """Return the network as a graph of schools, edges from lead to member.

        Nodes carry `stages`, `strong` and `rank` (by stage), `indicators` (by stage), `tags`, `setting`, `lon`,
        `lat`. Edges carry `km`, `complementarity`, `shared_tags`, `same_setting`, `wish`, `benefit`, `covers`,
        for hubs `tags`, and `eligible`. With `all_pairs` edges that are missing are there too, with `eligible`
        False and `missing`, the rules against them, or `direction` where the two schools are there the other
        way round (pairs and chains): n (n - 1) edges, for districts that are not large.
        """
        graph: nx.DiGraph[str] = nx.DiGraph()
        for i, school in enumerate(self.district.schools):
            graph.add_node(school.school_id, **self._node(i))
        ids = self.schools.ids
        for e in range(len(self.edges)):
            a, b = ids[self.edges.lead[e]], ids[self.edges.member[e]]
            if self.edges.tag[e] >= 0:
                tags = graph.edges[a, b]["tags"] if graph.has_edge(a, b) else ()
                graph.add_edge(a, b, tags=(*tags, self.schools.tag_names[self.edges.tag[e]]))
            graph.add_edge(a, b, **self._edge(self.edges, e), eligible=True, missing=())
        if all_pairs:
            self._add_missing(graph)
        return graph

    def _node(self, i: int) -> dict[str, Any]:
        schools, school = self.schools, self.district.schools[i]
        ranks = {stage: schools.standings[school.school_id, stage] for stage in school.stages}
        rows = {stage: schools.values[i, STAGE_ORDER.index(stage)] for stage in school.stages}
        return {
            "name": school.name,
            "stages": tuple(stage.value for stage in school.stages),
            "rank": {stage.value: standing.rank for stage, standing in ranks.items()},
            "strong": {stage.value: standing.strong for stage, standing in ranks.items()},
            "indicators": {
                stage.value: {name: _known(v) for name, v in zip(INDICATORS, row, strict=True)}
                for stage, row in rows.items()
            },
            "tags": school.tags,
            "setting": None if school.setting is None else school.setting.value,
            "lon": school.lon,
            "lat": school.lat,
        }

    def _edge(self, edges: Edges, e: int) -> dict[str, Any]:
        a, b, setting = int(edges.lead[e]), int(edges.member[e]), self.schools.setting
        return {
            "km": _known(edges.km[e]),
            "complementarity": float(edges.complementarity[e]),
            "shared_tags": int(edges.shared_tags[e]),
            "same_setting": None if min(setting[a], setting[b]) < 0 else bool(setting[a] == setting[b]),
            "wish": float(edges.wish[e]),
            "benefit": float(edges.benefit[e]),
            "covers": bool(edges.covers[e]),
        }

    def _add_missing(self, graph: nx.DiGraph[str]) -> None:
        every = np.arange(len(self.schools))
        a, b, km = pairs_within(self.district, self.schools, every, every, None)
        edges = weigh(self.schools, self.policy, self.links, a, b, km)
        reasons = self.eligibility(a, b, km)
        ids = self.schools.ids
        for e in range(len(edges)):
            ends = ids[edges.lead[e]], ids[edges.member[e]]
            if not graph.has_edge(*ends):
                missing = tuple(name for name, against in reasons.items() if against[e]) or ("direction",)
                graph.add_edge(*ends, **self._edge(edges, e), eligible=False, missing=missing)

    def kilometres(self, a: int, b: int) -> float:
        """Kilometres between two schools by position, to the metre; NaN where unknown."""
        return float(self._kilometres(np.array([a]), np.array([b]))[0])

    def _kilometres(self, a: Ints, b: Ints) -> Floats:
        lon, lat = self.schools.lon, self.schools.lat
        km: Floats = np.round(great_circle_km(lon[a], lat[a], lon[b], lat[b]), 3)
        if self._travel:
            for k, pair in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
                km[k] = self._travel.get(pair, km[k])
        return km

    @cached_property
    def _travel(self) -> dict[tuple[int, int], float]:
        return travel_km(self.district, self.schools)

    def _pair(self, lead: str, member: str) -> tuple[Ints, Ints, Floats]:
        number = self.schools.number()
        a, b = np.array([number[lead]]), np.array([number[member]])
        return a, b, self._kilometres(a, b)

    def _worth(self, edges: Edges, e: int, counted: Ints) -> Worth:
        """Explain one edge; `counted` are the stages and indicators that add to its benefit, shape (k, 2)."""
        schools, numbers = self.schools, self.policy.alliance
        a, b = edges.lead[e], edges.member[e]
        surplus, deficit = schools.surplus[a], schools.deficit[b]
        terms = tuple(
            Term(STAGE_ORDER[s], INDICATORS[k], float(surplus[s, k]), float(deficit[s, k]))
            for s, k in counted.tolist()
        )
        shared = tuple(schools.tag_names[t] for t in np.flatnonzero(schools.tags[a] & schools.tags[b]))
        points = numbers.tag_weight * min(len(shared), numbers.max_tags)
        return Worth(terms, shared, points, float(edges.wish[e]), float(edges.benefit[e]), _known(edges.km[e]))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
