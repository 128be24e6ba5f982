"""A split as files: result.json, split.csv, chosen.csv and indicators.csv, written beside as one set.

Money is a whole number in the JSON document, or text where it has cents; never a binary number that rounds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from allocator.domain.choices import SplitRule
from allocator.domain.funding import (
    FewestSchools,
    FundingConflict,
    FundingDecision,
    GrantResult,
    LeastMoney,
    SchoolShare,
    SplitLevel,
)
from allocator.domain.plan import Level
from allocator.errors import UsageError
from allocator.funding.needs import Line
from allocator.indicators.bundled import evaluate
from allocator.io.results import (
    INDICATOR_COLUMNS,
    csv_table,
    indicator_rows,
    origin,
    plain_values,
    spread_rows,
    violation_record,
    warning_record,
)
from allocator.spending.explained import Lines, arithmetic
from allocator.text import DEFAULT_LANG, Lang, say

SPLIT_COLUMNS = ("grant_id", "school_id", "amount_yuan", "training_yuan")
PRICE_KEYS = ("of", "school_id", "level", "price", "curve", "low", "high", "exact")
CHOSEN_COLUMNS = ("project_id", "school_id", "grant_id", "cost_yuan", "year")


def write_funding(decision: FundingDecision, folder: Path | str, *, lang: Lang = DEFAULT_LANG) -> Path:
    """Write `result.json` and the tables into a folder, made if it does not exist.

    Files of an earlier result are replaced when all new ones are complete. `chosen.csv` stands there only where
    a grant pays by projects.

    Raises
    ------
    UsageError
        If the folder cannot be written.
    """
    target = Path(folder)
    text = json.dumps(funding_document(decision, lang), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    contents = {
        "result.json": text.encode(),
        "split.csv": csv_table(SPLIT_COLUMNS, _split_rows(decision)),
        "indicators.csv": csv_table(INDICATOR_COLUMNS, indicator_rows(decision)),
    }
    if decision.projects:
        contents["chosen.csv"] = csv_table(CHOSEN_COLUMNS, _chosen_rows(decision))
    try:
        target.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=target, prefix=".", suffix=".part") as beside:
            for name, content in contents.items():
                (Path(beside) / name).write_bytes(content)
            for name in contents:
                (Path(beside) / name).replace(target / name)
        if not decision.projects:
            (target / "chosen.csv").unlink(missing_ok=True)
    except OSError as error:
        raise UsageError("unwritable", path=str(folder), reason=error.strerror or error) from error
    return target


def funding_document(decision: FundingDecision, lang: Lang = DEFAULT_LANG) -> dict[str, Any]:
    """Return everything a split says as plain JSON values; unknown is None, never NaN."""
    document = {
        "run": _run(decision, lang),
        "grants": _grants(decision),
        "alliances": _evaluations(decision),
        "split": _split_rows(decision),
        "projects": [_project_level(level) for level in decision.projects],
        "chosen": _chosen_rows(decision),
        "schools": _pupil_rows(decision),
        "indicators": indicator_rows(decision),
        "spread": spread_rows(decision),
        "conflicts": [_conflict(conflict, lang) for conflict in decision.conflicts],
        "least": [_least(row) for row in decision.least],
        "fewest": [_fewest(row) for row in decision.fewest],
        "warnings": [warning_record(fault, lang) for fault in decision.warnings],
    }
    plain: dict[str, Any] = plain_values(document)
    return plain


def money(amount: Decimal | None) -> int | str | None:
    """An amount of yuan as JSON holds it exactly."""
    if amount is None:
        return None
    return int(amount) if amount == amount.to_integral_value() else f"{amount:f}"


def _run(decision: FundingDecision, lang: Lang) -> dict[str, Any]:
    run, check = decision.run, decision.check
    return {
        **origin(decision),
        "levels": [
            {"grant_id": code, **_level(level)} for code, levels in decision.levels.items() for level in levels
        ],
        "seconds": dict(run.seconds),
        "checked": None if check is None else check.passed,
        "violations": [violation_record(v, lang) for v in decision.violations],
    }


def _level(level: SplitLevel) -> dict[str, Any]:
    return {
        "name": level.name,
        "value": level.value,
        "continuous": level.continuous,
        "bound": level.bound,
        "gap": level.gap,
        "loss": level.loss,
        "unit": level.unit,
        "before": level.before,
    }


def _grants(decision: FundingDecision) -> list[dict[str, Any]]:
    lines = arithmetic(decision)
    return [_grant(result, lines[result.grant_id]) for result in decision.grants]


def _grant(result: GrantResult, lines: Lines) -> dict[str, Any]:
    return {
        "grant_id": result.grant_id,
        "rule": result.rule,
        "prices": [{name: getattr(price, name) for name in PRICE_KEYS} for price in result.prices],
        "schools": [_school(row, lines[row.school_id]) for row in result.schools],
    }


def _evaluations(decision: FundingDecision) -> list[dict[str, Any]]:
    """The bundled evaluation, where a grant is split by it; points and weights for reading."""
    if not any(result.rule is SplitRule.BUNDLED for result in decision.grants):
        return []
    return [
        {
            "alliance_id": row.alliance_id,
            "lead": row.lead,
            "members": list(row.members),
            **{name: float(getattr(row, name)) for name in ("stock", "gap", "radiation", "points", "weight")},
        }
        for row in evaluate(decision.district, decision.policy)
    ]


def _school(row: SchoolShare, lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "school_id": row.school_id,
        "amount_yuan": money(row.amount_yuan),
        "exact_yuan": row.exact_yuan,
        "floor_yuan": money(row.floor_yuan),
        "floor_rule": row.floor_rule or None,
        "cap_yuan": money(row.cap_yuan),
        "weight": float(row.weight),
        "last_yuan": money(row.last_yuan),
        "lines": [_line(line) for line in lines],
    }


def _line(line: Line) -> dict[str, Any]:
    """Quantity x rate for reading; the yuan are exact, and add up to the amount."""
    cents = round(line.yuan * 100)
    return {
        "key": line.key,
        **({"alliance_id": line.subject} if line.subject else {}),
        "quantity": float(line.quantity),
        "rate": float(line.rate),
        "yuan": money(Decimal(cents) / 100),
    }


def _split_rows(decision: FundingDecision) -> list[dict[str, Any]]:
    return [
        {
            "grant_id": row.grant_id,
            "school_id": row.school_id,
            "amount_yuan": money(row.amount_yuan),
            "training_yuan": money(row.training_yuan),
        }
        for row in decision.split.amounts
    ]


def _chosen_rows(decision: FundingDecision) -> list[dict[str, Any]]:
    return [
        {
            "project_id": row.project_id,
            "school_id": row.school_id,
            "grant_id": row.grant_id,
            "cost_yuan": money(row.cost_yuan),
            "year": row.year,
        }
        for row in decision.split.chosen
    ]


def _project_level(level: Level) -> dict[str, Any]:
    return {
        "name": level.name,
        "value": level.final,
        "bound": level.bound,
        "gap": level.gap,
        "unit": level.unit,
        "before": level.before,
    }


def _pupil_rows(decision: FundingDecision) -> list[dict[str, Any]]:
    """Name and pupils of each school, so that results can be compared without the district."""
    return [
        {
            "school_id": school.school_id,
            "name": school.name,
            "pupils": sum(school.pupils(stage) or 0 for stage in school.stages),
        }
        for school in decision.district.schools
    ]


def conflict_text(conflict: FundingConflict, lang: Lang) -> str:
    """Say why a grant cannot be split."""
    return say(
        f"funding.conflict_{conflict.key}",
        lang,
        grant=conflict.grant_id,
        missing=f"{abs(conflict.missing_yuan):,}",
        schools=say("common.enumeration", lang).join(conflict.schools[:10]),
        **{k: f"{v:,}" if isinstance(v, Decimal) else v for k, v in conflict.params.items()},
    )


def relaxation_texts(conflict: FundingConflict, lang: Lang) -> list[str]:
    """Say the ways out, each enough by itself."""
    return [
        say(
            f"funding.relax_{way.what if way.value is not None else _kind(way.what)}",
            lang,
            rule=way.what,
            value=f"{way.value}",
        )
        for way in conflict.relaxations
    ]


def _kind(what: str) -> str:
    return "rule" if what == "rule" else "off"


def _conflict(conflict: FundingConflict, lang: Lang) -> dict[str, Any]:
    return {
        "grant_id": conflict.grant_id,
        "rules": list(conflict.rules),
        "missing_yuan": money(conflict.missing_yuan),
        "schools": list(conflict.schools),
        "relaxations": [{"what": way.what, "value": money(way.value)} for way in conflict.relaxations],
        "text": conflict_text(conflict, lang),
        "ways": relaxation_texts(conflict, lang),
    }


def _fewest(row: FewestSchools) -> dict[str, Any]:
    return {
        "grant_id": row.grant_id,
        "count": row.count,
        "bound": row.bound,
        "touched": list(row.touched),
        "split": [
            {
                "school_id": each.school_id,
                "amount_yuan": money(each.amount_yuan),
                "rule_alone_yuan": money(usual),
            }
            for each, usual in zip(row.amounts, row.usual_yuan, strict=True)
        ],
    }


def _least(row: LeastMoney) -> dict[str, Any]:
    return {
        "grant_id": row.grant_id,
        "floors_yuan": money(row.floors_yuan),
        "least_yuan": money(row.least_yuan),
        "bound_yuan": row.bound_yuan,
        "grants": list(row.grant_ids),
    }
