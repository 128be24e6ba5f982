"""A plan of alliances as files: one JSON document, and its tables as CSV."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from allocator.domain.alliance_records import Membership
from allocator.domain.alliance_words import change_text
from allocator.domain.allied import AllianceDecision, PartnerChange
from allocator.domain.fields import columns
from allocator.domain.plan import Judgement
from allocator.errors import UsageError
from allocator.io.alliance_worth import sharing_document, tie_records
from allocator.io.results import csv_table, plain_values, replace_file, rule_record, run_record, warning_record
from allocator.text import DEFAULT_LANG, Lang

MEMBERSHIP_COLUMNS = tuple(column.name for column in columns(Membership))
DISTRICT_COLUMNS = ("town", "district")
OUTSIDE_COLUMNS = ("school_id", "reason", "text")


def write_alliances(
    decision: AllianceDecision, folder: Path | str, *, lang: Lang = DEFAULT_LANG
) -> tuple[Path, ...]:
    """Write `result.json`, `outside.csv`, and `memberships.csv` (the input table of the next period).

    Of learning districts `districts.csv` stands in the place of `memberships.csv`.

    Raises
    ------
    UsageError
        If the folder cannot be written.
    """
    target = Path(folder)
    document = alliance_document(decision, lang)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    contents = {"result.json": text.encode(), "outside.csv": csv_table(OUTSIDE_COLUMNS, document["outside"])}
    if decision.request.form == "district":
        rows = [{"town": town, "district": code} for town, code in document["districts"].items()]
        contents["districts.csv"] = csv_table(DISTRICT_COLUMNS, rows)
    else:
        contents["memberships.csv"] = csv_table(MEMBERSHIP_COLUMNS, document["memberships"])
    try:
        target.mkdir(parents=True, exist_ok=True)
        return tuple(replace_file(target / name, content) for name, content in contents.items())
    except OSError as error:
        raise UsageError("unwritable", path=str(folder), reason=error.strerror or error) from error


def alliance_document(decision: AllianceDecision, lang: Lang = DEFAULT_LANG) -> dict[str, Any]:
    """Return everything a decision says as plain JSON values; unknown is None, never NaN."""
    plan = decision.plan
    document = {
        "run": run_record(decision, lang),
        "form": decision.request.form,
        "request": _request(decision),
        "rules": _rules(decision.check),
        "memberships": [] if plan is None else [row.model_dump(mode="json") for row in plan.memberships],
        "tags": {} if plan is None else dict(plan.tags),
        "districts": {} if plan is None else dict(plan.districts),
        "outside": [
            {"school_id": row.school_id, "reason": row.reason, "text": row.text(lang)}
            for row in decision.outside
        ],
        "blocking": [
            {name: getattr(row, name) for name in type(row).__dataclass_fields__} for row in decision.blocking
        ],
        "changes": [_change(row, lang) for row in decision.changes],
        "stable_price": decision.stable_price,
        "problems": [fault.text(lang) for fault in decision.problems],
        "ties": tie_records(decision.ties),
        "sharing": None if decision.sharing is None else sharing_document(decision.sharing),
        "warnings": [warning_record(fault, lang) for fault in decision.warnings],
    }
    plain: dict[str, Any] = plain_values(document)
    return plain


def _request(decision: AllianceDecision) -> dict[str, Any]:
    request = decision.request
    return {
        "kind": request.kind,
        "leads": request.leads,
        "tags": request.tags,
        "capacities": dict(request.capacities),
        "stable": request.stable,
        "groups": request.groups,
        "groups_in": dict(request.groups_in),
        "coverage_share": request.coverage_share,
        "districts": request.districts,
        "max_pupil_deviation": request.max_pupil_deviation,
        "max_strong_deviation": request.max_strong_deviation,
    }


def _rules(check: Judgement | None) -> list[dict[str, Any]]:
    return [] if check is None else [rule_record(audit) for audit in check.rules]


def _change(change: PartnerChange, lang: Lang) -> dict[str, Any]:
    return {
        "alliance_id": change.alliance_id,
        "lead": change.lead,
        "member": change.member,
        "lead_now": change.lead_now,
        "member_now": change.member_now,
        "barred": change.barred,
        "keeping_costs": change.cost,
        "possible": change.possible,
        "text": change_text(change, lang),
    }
