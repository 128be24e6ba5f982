"""F6 as the checker found it: which CV a grant raised stays above what it may be, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allocator.domain.choices import Stage
from allocator.domain.funding import FundingDecision


@dataclass(frozen=True, slots=True)
class Above:
    """A stage's CV above its limit, after a grant (or `projects`)."""

    grant: str
    stage: Stage
    indicator: str
    cv: float
    limit: float


def above_limits(decision: FundingDecision) -> tuple[Above, ...]:
    """Stages whose CV is above the standard's limit or the CV before, of the indicators that were raised."""
    return tuple(_above(dict(v.params)) for v in decision.violations if v.rule == "F6")


def _above(params: dict[str, Any]) -> Above:
    stage: Stage = params["stage"]
    return Above(params["grant"], stage, params["indicator_en"], params["cv"], params["most"])
