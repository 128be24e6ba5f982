"""The answer to the joint question as a folder: result.json, the tables, the page and the workbook."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from allocator.domain.choices import Stage
from allocator.domain.measures import INDICATORS, Measures
from allocator.domain.plan import MOVE_COLUMNS
from allocator.domain.reaching import Apart, ReachDecision
from allocator.errors import UsageError
from allocator.io.results import (
    INDICATOR_COLUMNS,
    check_document,
    conflict_record,
    csv_table,
    indicator_rows,
    level_record,
    plain_values,
    spread_rows,
    warning_record,
)
from allocator.spending.writing import money
from allocator.text import DEFAULT_LANG, Lang

SPLIT_COLUMNS = ("grant_id", "school_id", "amount_yuan")
VERDICT_COLUMNS = ("stage", "school_id", "passed_before", "passed_after", "met_before", "met_after", "spared")
SHORTFALL_COLUMNS = ("stage", "school_id", "indicator", "value", "wanted", "amount")


class WrittenReach(ReachDecision):
    """An answer that can write itself."""

    def write(self, folder: str | Path, *, lang: Lang = DEFAULT_LANG) -> Path:
        """Write result.json, moves, split, indicators, verdicts and shortfalls as CSV, and `reach.{xlsx,html}`.

        Files of an earlier result are replaced when all new ones are complete.

        Raises
        ------
        UsageError
            If the folder cannot be written.
        """
        from allocator.reporting.booklet import write_booklet  # noqa: PLC0415  importing allocator stays light
        from allocator.reporting.reaching import reach_booklet  # noqa: PLC0415  as above

        target = Path(folder)
        try:
            target.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=target, prefix=".", suffix=".part") as folder_beside:
                beside = Path(folder_beside)
                for name, content in _contents(self, lang).items():
                    (beside / name).write_bytes(content)
                write_booklet(reach_booklet(self, lang), beside, "reach")
                for file in sorted(beside.iterdir()):
                    file.replace(target / file.name)
        except OSError as error:
            raise UsageError("unwritable", path=str(folder), reason=error.strerror or error) from error
        return target


def _contents(decision: ReachDecision, lang: Lang) -> dict[str, bytes]:
    """Bytes of every file but the page and the workbook."""
    document = reach_document(decision, lang)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    return {
        "result.json": text.encode(),
        "moves.csv": csv_table(MOVE_COLUMNS, decision.moves.records()),
        "split.csv": csv_table(SPLIT_COLUMNS, document["split"]),
        "indicators.csv": csv_table(INDICATOR_COLUMNS, document["indicators"]),
        "verdicts.csv": csv_table(VERDICT_COLUMNS, document["verdicts"]),
        "shortfalls.csv": csv_table(SHORTFALL_COLUMNS, document["shortfalls"]),
    }


def reach_document(decision: ReachDecision, lang: Lang = DEFAULT_LANG) -> dict[str, Any]:
    """Return everything an answer says as plain JSON values; unknown is None, never NaN."""
    checks = {"rotation": decision.rotation_check, "funding": decision.money_check}
    standard = decision.standard
    document = {
        "run": _run(decision),
        "reached": decision.reached,
        "passes": decision.passes,
        "separable": decision.separable,
        "linked": [{"school_id": school, "stage": stage} for school, stage in decision.linked],
        "cost": {
            "moves": len(decision.moves),
            "move_yuan": decision.policy.funding.move_yuan,
            "moves_yuan": money(decision.moves_yuan),
            "money_yuan": {indicator: money(yuan) for indicator, yuan in decision.money_of().items()},
            "total_yuan": money(decision.total_yuan),
        },
        "apart": [_apart_row(decision, each) for each in decision.apart],
        "grants": [
            {
                "indicator": c.indicator,
                "purpose": c.purpose,
                "grants": c.grants,
                "granted_yuan": money(c.granted_yuan),
                "needed_yuan": money(c.needed_yuan),
                "short_yuan": money(c.short_yuan),
            }
            for c in decision.covered
        ],
        "checks": {name: None if c is None else check_document(c, lang) for name, c in checks.items()},
        "moves": decision.moves.records(),
        "split": [
            {"grant_id": r.grant_id, "school_id": r.school_id, "amount_yuan": money(r.amount_yuan)}
            for r in decision.split.amounts
        ],
        "indicators": indicator_rows(decision),
        "spread": spread_rows(decision),
        "verdicts": verdict_rows(decision),
        "shortfalls": [
            {name: getattr(s, name) for name in SHORTFALL_COLUMNS}
            for s in (() if standard is None else standard.shortfalls)
        ],
        "conflict": None if decision.conflict is None else conflict_record(decision.conflict, lang),
        "warnings": [warning_record(fault, lang) for fault in decision.warnings],
    }
    plain: dict[str, Any] = plain_values(document)
    return plain


def _apart_row(decision: ReachDecision, apart: Apart) -> dict[str, Any]:
    """What it costs to decide one first, and what the joint plan saves: proven, and between the plans."""
    proven, saved = decision.saved_yuan(apart)
    return {
        "first": apart.first,
        "moves": apart.moves,
        "money_yuan": money(apart.money_yuan),
        "total_yuan": apart.cost,
        "bound_yuan": apart.bound,
        "saved_yuan": saved,
        "saved_at_least_yuan": proven,
    }


def _run(decision: ReachDecision) -> dict[str, Any]:
    run, checks = decision.run, (decision.rotation_check, decision.money_check)
    return {
        "format": run.format,
        "engine": run.engine,
        "kind": run.kind,
        "policy": {
            "id": run.policy,
            "sha256": run.policy_sha256,
            "values": decision.policy.model_dump(mode="json", exclude={"sources", "note"}),
        },
        "input_sha256": run.input_sha256,
        "seed": run.seed,
        "as_of": str(run.as_of),
        "status": decision.status.value,
        "levels": [level_record(level) for level in decision.levels],
        "seconds": dict(run.seconds),
        "checked": None if None in checks else all(c.passed for c in checks if c is not None),
    }


def verdict_rows(decision: ReachDecision) -> list[dict[str, Any]]:
    """Verdict of each section with pupils: before, after, and which indicators it does without."""
    standard = decision.standard
    passed = {} if standard is None else standard.passed
    spared: dict[tuple[str, Stage], list[str]] = {}
    for row in () if standard is None else standard.spared:
        spared.setdefault((row.school_id, row.stage), []).append(row.indicator)
    before, after = _met(decision.before), _met(decision.after)
    return [
        {
            "stage": section.stage,
            "school_id": section.school_id,
            "passed_before": section.passed,
            "passed_after": passed.get((section.school_id, section.stage)),
            "met_before": before[section.school_id, section.stage],
            "met_after": after[section.school_id, section.stage] if passed else None,
            "spared": ";".join(spared.get((section.school_id, section.stage), [])),
        }
        for section in decision.before.sections
        if section.pupils
    ]


def _met(measures: Measures) -> Counter[tuple[str, Stage]]:
    """Number of indicators that each section meets."""
    return Counter(
        {(s.school_id, s.stage): sum(s.met[i] is True for i in INDICATORS) for s in measures.sections}
    )
