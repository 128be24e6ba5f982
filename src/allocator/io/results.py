"""A finished decision as machine-readable files: one JSON document and the same tables as CSV.

CSV files are UTF-8 with a byte-order mark, so that Excel shows Chinese. A spreadsheet may run a cell that
begins with `=`, `+`, `-` or `@` (full-width ones, tab and carriage return included) as a formula; the only user
text in these tables are the codes of teachers and schools, and the reasons of a plan made by hand. Such a
text is written with an apostrophe before it, as is one that already begins with an apostrophe; a plain number
(`-5`) is no formula and stays. Removing one apostrophe gives the text back:
`unguarded(guarded(code)) == code` for every code. `result.json` holds all codes as they are.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from allocator.domain.allied import AllianceDecision
from allocator.domain.conflict import Conflict, Member
from allocator.domain.funding import FundingDecision
from allocator.domain.measures import CountyMeasure, compare
from allocator.domain.plan import MOVE_COLUMNS, CheckReport, Decision, Judgement, Level, RuleAudit, Violation
from allocator.domain.reaching import ReachDecision
from allocator.domain.spoken import Named
from allocator.errors import Fault, UsageError
from allocator.io.explained import explanations_document
from allocator.io.replanned import changes_document, lock_records
from allocator.text import DEFAULT_LANG, Lang

INDICATOR_COLUMNS = (
    "stage",
    "school_id",
    "indicator",
    "before",
    "after",
    "threshold",
    "met_before",
    "met_after",
)
STAFFING_COLUMNS = (
    "school_id",
    "stage",
    "subject",
    "posts",
    "before",
    "after",
    "unfilled_before",
    "unfilled_after",
)
CSV_DIGITS = 9
"""Significant digits of a number in a CSV file; the JSON document keeps them all."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_DANGEROUS = tuple("=+-@＝＋－＠\t\r'")


def write_results(
    decision: Decision, folder: Path | str, *, lang: Lang = DEFAULT_LANG, show_names: bool = False
) -> tuple[Path, ...]:
    """Write `result.json`, `moves.csv`, `indicators.csv` and `staffing.csv`.

    Parameters
    ----------
    decision
        A finished run, with or without a plan.
    folder
        Where to write; made if it does not exist. Each file is written beside and then renamed.
    lang
        Language of the sentences inside `result.json`.
    show_names
        Add the teachers' names to the moves of `result.json`; otherwise no name is written anywhere.

    Returns
    -------
    tuple of Path
        The four files, `result.json` first.

    Raises
    ------
    UsageError
        If the folder cannot be written.
    """
    target = Path(folder)
    document = result_document(decision, lang, show_names=show_names)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    contents = {
        "result.json": text.encode(),
        "moves.csv": csv_table(MOVE_COLUMNS, decision.moves.records()),
        "indicators.csv": csv_table(INDICATOR_COLUMNS, indicator_rows(decision)),
        "staffing.csv": csv_table(STAFFING_COLUMNS, _staffing_rows(decision)),
    }
    try:
        target.mkdir(parents=True, exist_ok=True)
        return tuple(replace_file(target / name, content) for name, content in contents.items())
    except OSError as error:
        raise UsageError("unwritable", path=str(folder), reason=error.strerror or error) from error


def result_document(
    decision: Decision, lang: Lang = DEFAULT_LANG, *, show_names: bool = False
) -> dict[str, Any]:
    """Return everything a decision says as plain JSON values; unknown is None, never NaN."""
    audits = () if decision.check is None else decision.check.rules
    document = {
        "run": run_record(decision, lang),
        "rules": [rule_record(audit) for audit in audits],
        "moves": _move_rows(decision, show_names=show_names),
        "indicators": indicator_rows(decision),
        "spread": spread_rows(decision),
        "staffing": _staffing_rows(decision),
        "warnings": [warning_record(fault, lang) for fault in decision.warnings],
        "conflict": None if decision.conflict is None else conflict_record(decision.conflict, lang),
    }
    if decision.locks:
        document["locks"] = lock_records(decision.locks)
    if decision.memberships:
        document["memberships"] = [row.model_dump(mode="json") for row in decision.memberships]
    if decision.replan is not None:
        document["changes"] = changes_document(decision.replan, lang)
    if decision.explanations is not None:
        labels = Named(decision.district, lang, show_names=show_names)
        document["explanations"] = explanations_document(decision.explanations, decision.district, lang, labels)
    plain: dict[str, Any] = plain_values(document)
    return plain


def check_document(report: Judgement, lang: Lang = DEFAULT_LANG) -> dict[str, Any]:
    """Return a checker's report on any plan as plain JSON values; head counts for a rotation only."""
    counts = ("eligible", "moved", "backbone_moved") if isinstance(report, CheckReport) else ()
    document = {
        "passed": report.passed,
        "price": report.price,
        **{name: getattr(report, name) for name in counts},
        "levels": dict(report.levels),
        "levels_before": dict(report.levels_before),
        "rules": [rule_record(audit) for audit in report.rules],
        "violations": [violation_record(v, lang) for v in report.violations],
    }
    plain: dict[str, Any] = plain_values(document)
    return plain


def guarded(code: str) -> str:
    """Return a code as a CSV file may hold it: never run as a formula by a spreadsheet."""
    if code.startswith(_DANGEROUS) and not _NUMBER.fullmatch(code):
        return "'" + code
    return code


def unguarded(cell: str) -> str:
    """Undo `guarded`."""
    if cell.startswith("'") and cell[1:].startswith(_DANGEROUS):
        return cell[1:]
    return cell


def origin(decision: Decision | AllianceDecision | FundingDecision) -> dict[str, Any]:
    """What a result came from: the engine, the policy with its values, the tables' digest, and how it ended."""
    run = decision.run
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
    }


def run_record(decision: Decision | AllianceDecision, lang: Lang) -> dict[str, Any]:
    """How a run went: where it came from, its levels, seconds, and what the checker said."""
    run, check = decision.run, decision.check
    return {
        **origin(decision),
        "levels": [level_record(level) for level in decision.levels],
        "seconds": dict(run.seconds),
        "peak_mib": run.peak_mib,
        "checked": None if check is None else check.passed,
        "violations": [violation_record(v, lang) for v in decision.violations],
    }


def level_record(level: Level) -> dict[str, Any]:
    """One level of a plan."""
    return {
        "name": level.name,
        "value": level.value,
        "bound": level.bound,
        "gap": level.gap,
        "unit": level.unit,
        "final": level.final,
        "before": level.before,
        "integral": level.integral,
        "seconds": level.seconds,
    }


def violation_record(violation: Violation, lang: Lang) -> dict[str, Any]:
    """One breach of a rule, with its sentence."""
    return {
        "rule": violation.rule,
        "subject": violation.subject,
        "amount": violation.amount,
        "unit": violation.unit,
        "text": violation.text(lang),
        "price": violation.price,
    }


def conflict_record(conflict: Conflict, lang: Lang) -> dict[str, Any]:
    """Rules in conflict, with their members and witnesses."""
    return {
        "rules": list(conflict.rules),
        "smallest": conflict.smallest,
        "narrowed": conflict.narrowed,
        "members": [_member(member, lang) for member in conflict.members],
        "capacity": [
            {name: getattr(row, name) for name in ("school_id", "stage", "subject", "eligible", "possible")}
            for row in conflict.capacity
        ],
    }


def _member(member: Member, lang: Lang) -> dict[str, Any]:
    return {
        "rule": member.rule,
        "gives_way": dict(member.amounts),
        "least": member.least,
        "required": dict(member.required),
        "achieved": dict(member.achieved),
        "elements": [{"subject": e.subject, "text": e.text(lang)} for e in member.elements],
        "witnesses": [violation_record(v, lang) for v in member.witnesses],
    }


def rule_record(audit: RuleAudit) -> dict[str, Any]:
    """The verdict on one rule."""
    return {
        "rule": audit.rule,
        "verdict": audit.verdict,
        "required": dict(audit.required),
        "achieved": dict(audit.achieved),
        "violations": len(audit.violations),
    }


def warning_record(fault: Fault, lang: Lang) -> dict[str, Any]:
    """A fault of the tables that is no error, with its place and sentence."""
    return {
        "key": fault.key,
        "severity": fault.severity,
        "table": fault.table,
        "row": fault.row,
        "column": fault.column,
        "value": fault.value,
        "place": fault.place(lang),
        "text": fault.text(lang),
    }


def _move_rows(decision: Decision, *, show_names: bool) -> list[dict[str, Any]]:
    rows = decision.moves.records()
    if show_names:
        teachers = decision.district.teacher_by_id
        for row in rows:
            row["name"] = teachers[row["teacher_id"]].name if row["teacher_id"] in teachers else None
    return rows


def indicator_rows(decision: Decision | FundingDecision | ReachDecision) -> list[dict[str, Any]]:
    """Every indicator of every section before and after."""
    policy, before, after = decision.policy, decision.before, decision.after
    thresholds = {stage: policy.thresholds(stage) for stage in {s.stage for s in before.sections}}
    return [
        {name: getattr(row, name) for name in INDICATOR_COLUMNS} for row in compare(before, after, thresholds)
    ]


def spread_rows(decision: Decision | FundingDecision | ReachDecision) -> list[dict[str, Any]]:
    """Spread of every indicator in every stage before and after."""
    moments = (("before", decision.before), ("after", decision.after))
    return [_spread(moment, county) for moment, measures in moments for county in measures.counties]


def _spread(moment: str, county: CountyMeasure) -> dict[str, Any]:
    return {
        "moment": moment,
        "stage": county.stage,
        "indicator": county.indicator,
        "counted": county.counted,
        "mean": county.mean,
        "cv": county.cv,
        "limit": county.limit,
        "met": county.met,
        "gini": county.gini,
        "theil": county.theil,
        "mcloone": county.mcloone,
    }


def _staffing_rows(decision: Decision) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in STAFFING_COLUMNS} for row in decision.staffing]


def plain_values(value: Any) -> Any:
    """Turn a value into what JSON knows; NaN and infinities are unknown."""
    if isinstance(value, Mapping):
        return {str(key): plain_values(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_values(item) for item in value]
    if isinstance(value, str):
        return str(value.value) if hasattr(value, "value") else value
    if isinstance(value, float):
        return _finite(value)
    return value.item() if hasattr(value, "item") else value  # NumPy's numbers and flags


def _finite(value: float) -> float | None:
    return float(value) if abs(value) < float("inf") else None


def csv_table(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A table as CSV that Excel shows rightly; see the head of this module."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    plain = plain_values(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if isinstance(plain, float):
        return f"{plain:.{CSV_DIGITS}g}"
    return guarded(plain) if isinstance(plain, str) else str(plain)


def replace_file(path: Path, content: bytes) -> Path:
    """Write a file beside its place and rename it, so that nobody reads half a file."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path
