"""Optimization engine for school districts: rotation plans that are legal, proven, explained and checked.

>>> from allocator import read_district, plan_rotation
>>> decision = plan_rotation(read_district("district.xlsx"))  # doctest: +SKIP
>>> decision.write("out")  # doctest: +SKIP

Importing this package loads no solver, no table library and no Excel library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocator.alliances import AllianceDecision, alliance_network, form_alliances
    from allocator.api import (
        Decision,
        check_plan,
        explain_moves,
        explain_plan,
        load_policy,
        measure,
        plan_rotation,
        read_district,
    )
    from allocator.campaign import alternatives, alternatives_to, rollout, trade_off
    from allocator.combined import plan_district
    from allocator.domain.district import District
    from allocator.domain.plan import Move
    from allocator.domain.policy import Policy
    from allocator.domain.records import Lock
    from allocator.domain.run import Limits, Progress, StopSignal
    from allocator.domain.several import RolloutTerms
    from allocator.errors import AllocatorError, InputError, PolicyError, UsageError
    from allocator.explaining import Explainer
    from allocator.partners import explain_alliance, explain_division
    from allocator.reaching import reach_standard
    from allocator.spending import split_funding

_WHERE = {
    "AllianceDecision": "allocator.alliances",
    "AllocatorError": "allocator.errors",
    "Decision": "allocator.api",
    "District": "allocator.domain.district",
    "Explainer": "allocator.explaining",
    "InputError": "allocator.errors",
    "Limits": "allocator.domain.run",
    "Lock": "allocator.domain.records",
    "Move": "allocator.domain.plan",
    "Policy": "allocator.domain.policy",
    "PolicyError": "allocator.errors",
    "Progress": "allocator.domain.run",
    "RolloutTerms": "allocator.domain.several",
    "StopSignal": "allocator.domain.run",
    "UsageError": "allocator.errors",
    "alliance_network": "allocator.alliances",
    "alternatives": "allocator.campaign",
    "alternatives_to": "allocator.campaign",
    "check_plan": "allocator.api",
    "explain_moves": "allocator.api",
    "explain_alliance": "allocator.partners",
    "explain_division": "allocator.partners",
    "explain_plan": "allocator.api",
    "form_alliances": "allocator.alliances",
    "load_policy": "allocator.api",
    "measure": "allocator.api",
    "plan_district": "allocator.combined",
    "plan_rotation": "allocator.api",
    "reach_standard": "allocator.reaching",
    "read_district": "allocator.api",
    "rollout": "allocator.campaign",
    "split_funding": "allocator.spending",
    "trade_off": "allocator.campaign",
}

__all__ = [
    "AllianceDecision",
    "AllocatorError",
    "Decision",
    "District",
    "Explainer",
    "InputError",
    "Limits",
    "Lock",
    "Move",
    "Policy",
    "PolicyError",
    "Progress",
    "RolloutTerms",
    "StopSignal",
    "UsageError",
    "alliance_network",
    "alternatives",
    "alternatives_to",
    "check_plan",
    "explain_alliance",
    "explain_division",
    "explain_moves",
    "explain_plan",
    "form_alliances",
    "load_policy",
    "measure",
    "plan_district",
    "plan_rotation",
    "reach_standard",
    "read_district",
    "rollout",
    "split_funding",
    "trade_off",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module when it is first used."""
    if name not in _WHERE:
        raise AttributeError(f"module 'allocator' has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value
