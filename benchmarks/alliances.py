"""Our alliances: pairs on a network, hubs and groups from a district in memory to a checked plan.

Seconds are processor time: everything here runs in one thread.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from allocator.alliance.pairs import match, weights
from allocator.alliances import AllianceDecision, form_alliances
from allocator.domain.district import District
from allocator.domain.run import Limits, StopSignal
from allocator.io.policies import load_policy
from benchmarks import alliance_cases as cases
from benchmarks.judging import POLICY

MODULES = ("forming", "outside", "plan", "problems", "remarks", "renewal", "stability", "ties")
"""What forming alliances imports when it is first called: not part of what is measured."""


def run(form: str, **options: Any) -> dict[str, Any]:
    """Measure one form; `options` are those of the function below of that name."""
    forms: dict[str, Callable[..., dict[str, Any]]] = {"pairs": pairs, "hubs": hubs, "groups": groups}
    return forms[form](**options)


def pairs(schools: int, neighbours: int, seed: int, *, mixed: bool) -> dict[str, Any]:
    """Match a network: seconds, and the weight of the matching as text (it has more digits than JSON keeps)."""
    edges = cases.network(schools, neighbours, seed, mixed=mixed)
    began = time.process_time()
    chosen = match(edges, schools, np.zeros(0, dtype=np.int64), StopSignal()).chosen
    taken = time.process_time() - began
    total = weights(edges)
    weight = sum(total[e] for e in ([] if chosen is None else chosen))
    return {"schools": schools, "edges": len(edges), "cpu_s": taken, "weight": str(weight)}


def hubs(schools: int, seed: int) -> dict[str, Any]:
    """Form hubs of every tag, of 3 members each."""
    return _formed(cases.hub_county(schools, seed), {"form": "hub"})


def groups(schools: int, leads: int, seed: int, time_s: float) -> dict[str, Any]:
    """Form groups around the best schools; each lead may have 5 members, every third 6."""
    district = cases.group_county(schools, seed)
    best = sorted(district.schools, key=lambda s: -(s.quality or 0))[:leads]
    codes = [s.school_id for s in best]
    capacities = dict.fromkeys(codes[::3], 6)
    return _formed(
        district,
        {"form": "group", "leads": codes, "capacities": capacities, "limits": Limits(time_s=time_s)},
    )


def _formed(district: District, options: Mapping[str, Any]) -> dict[str, Any]:
    for name in MODULES:
        importlib.import_module(f"allocator.alliance.{name}")
    policy = load_policy(POLICY)
    began = time.process_time()
    decision = form_alliances(district, policy, **options)
    taken = time.process_time() - began
    return {
        "schools": len(district.schools),
        "status": str(decision.status),
        "cpu_s": taken,
        "seconds": dict(decision.run.seconds),
        "levels": _levels(decision),
        "broken": [] if decision.check is None else sorted({v.rule for v in decision.check.broken}),
    }


def _levels(decision: AllianceDecision) -> list[dict[str, Any]]:
    return [
        {"name": v.name, "value": v.value, "bound": v.bound, "gap": v.gap, "seconds": v.seconds}
        for v in decision.levels
    ]
