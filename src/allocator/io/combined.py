"""A combined run for other systems: what staying inside the alliances costs, as JSON and CSV."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from allocator.domain.combined import CombinedPlan, LevelCost
from allocator.domain.plan import Decision, Level
from allocator.io.alliances import alliance_document
from allocator.io.results import csv_table, plain_values, replace_file, run_record
from allocator.text import DEFAULT_LANG, Lang

COMPARISON_COLUMNS = (
    "level",
    "unit",
    "before",
    "free",
    "free_best",
    "free_bound",
    "within",
    "within_best",
    "within_bound",
    "difference",
    "difference_at_least",
    "difference_at_most",
)


def write_comparison(result: CombinedPlan, folder: Path, lang: Lang = DEFAULT_LANG) -> None:
    """Write `result.json` and `comparison.csv`, each beside its place and then renamed."""
    document = combined_document(result, lang)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    replace_file(folder / "result.json", text.encode())
    replace_file(folder / "comparison.csv", csv_table(COMPARISON_COLUMNS, document["plan"]["levels"]))


def combined_document(result: CombinedPlan, lang: Lang = DEFAULT_LANG) -> dict[str, Any]:
    """Return the comparison as plain JSON values; unknown is None, never NaN."""
    run = run_record(result.alliances, lang) | {"kind": "plan", "levels": []}
    run["seconds"] = {
        name: sum(part.run.seconds.values()) for name, part in _parts(result).items() if part is not None
    }
    document = {
        "run": run,
        "form": result.alliances.request.form,
        "plan": {
            "parts": {name: _part(name, part) for name, part in _parts(result).items()},
            "reach": None if result.reach is None else asdict(result.reach),
            "levels": [_row(cost) for cost in result.costs],
            "problems": alliance_document(result.alliances, lang)["problems"],
        },
    }
    plain: dict[str, Any] = plain_values(document)
    return plain


def _parts(result: CombinedPlan) -> dict[str, Any]:
    return {"alliances": result.alliances, "within": result.within, "free": result.free}


def _part(name: str, part: Any) -> dict[str, Any] | None:
    """Where a part lies and what is known of it."""
    if part is None:
        return None
    found = {
        "folder": name,
        "status": part.status.value,
        "checked": None if part.check is None else part.check.passed,
    }
    if isinstance(part, Decision):
        found["moved"] = None if part.check is None else len(part.moves)
        found["conflict"] = None if part.conflict is None else list(part.conflict.rules)
    return found


def _row(cost: LevelCost) -> dict[str, Any]:
    known = cost.within or cost.free
    return {
        "level": cost.name,
        "unit": None if known is None else known.unit,
        "before": None if known is None else known.before,
        **_values("free", cost.free),
        **_values("within", cost.within),
        "difference": cost.difference,
        "difference_at_least": cost.least,
        "difference_at_most": cost.most,
    }


def _values(plan: str, level: Level | None) -> dict[str, float | None]:
    """What a plan has of a level, the best found for the level alone, and the proven bound."""
    if level is None:
        return dict.fromkeys((plan, f"{plan}_best", f"{plan}_bound"))
    return {plan: level.final, f"{plan}_best": level.value, f"{plan}_bound": level.bound}
