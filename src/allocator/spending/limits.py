"""F6 as the checker found it: which CV a grant raised stays above what it may be, and by how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from allocator.domain.choices import Stage
from allocator.domain.funding import FundingDecision
from allocator.text import Lang, say


@dataclass(frozen=True, slots=True)
class Above:
    """A stage's CV above its limit, after a grant (or all projects), as each language names it."""

    step: Mapping[Lang, str]
    stage: Stage
    indicator: str
    cv: float
    limit: float


def above_limits(decision: FundingDecision) -> tuple[Above, ...]:
    """Stages whose CV is above the standard's limit or the CV before, of the indicators that were raised."""
    return tuple(_above(dict(v.params)) for v in decision.violations if v.rule == "F6")


def _above(params: dict[str, Any]) -> Above:
    stage: Stage = params["stage"]
    step: dict[Lang, str] = {"zh": params["step_zh"], "en": params["step_en"]}
    return Above(step, stage, params["indicator_en"], params["cv"], params["most"])


def above_text(row: Above, lang: Lang) -> str:
    """Say which CV is above its limit, and by how much."""
    return say(
        "funding.above_limit",
        lang,
        step=row.step[lang],
        indicator=row.indicator,
        stage=row.stage.label(lang),
        cv=f"{row.cv:.4f}",
        limit=f"{row.limit:.4f}",
        amount=f"{row.cv - row.limit:.4f}",
    )


def only_floors(decision: FundingDecision) -> list[str]:
    """Codes of the grants whose floors take all of the money: each has one split, whatever its rule."""
    zero = Decimal(0)
    sums = {
        result.grant_id: (
            sum((s.floor_yuan for s in result.schools), start=zero),
            sum((s.amount_yuan for s in result.schools), start=zero),
        )
        for result in decision.grants
    }
    return [code for code, (floors, amount) in sums.items() if amount and floors == amount]
