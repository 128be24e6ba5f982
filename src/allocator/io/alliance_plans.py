"""Read a plan of alliances, ours or made by hand: a result folder, `result.json` or `memberships.csv`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

from allocator.domain.alliance import Alliances, Form
from allocator.domain.alliance_records import Membership
from allocator.domain.allied import AllianceRequest
from allocator.domain.choices import AllianceRole
from allocator.domain.district import District
from allocator.errors import Fault, InputError, UsageError
from allocator.io.csvfolder import read_csv
from allocator.io.faultlist import arrange
from allocator.io.jsondoc import load_json, table_sheet
from allocator.io.suggest import Nearest
from allocator.io.tables import read_table
from allocator.io.view import TableView

LISTS = ("leads", "tags")
"""Parts of a request that are lists of codes."""


@dataclass(frozen=True)
class AlliancePlan:
    """A plan of alliances with what was asked for; without a `result.json` nothing but the form is known."""

    plan: Alliances
    request: AllianceRequest


def is_alliance_plan(path: Path) -> bool:
    """Tell whether a path holds a plan of alliances: by the kind of its `result.json`, or by its name."""
    file = path / "result.json" if path.is_dir() else path
    if file.suffix.lower() == ".json" and file.is_file():
        return kind_of(file) == "alliance"
    if path.is_dir():
        return (path / "memberships.csv").is_file() and not (path / "moves.csv").is_file()
    return path.name == "memberships.csv"


def kind_of(file: Path) -> str | None:
    """Kind of result that a `result.json` holds; None where it says none."""
    try:
        document = load_json(file)
    except UsageError:
        # The reader of the plan reports a broken file.
        return None
    run = document.get("run") if isinstance(document, dict) else None
    kind = run.get("kind") if isinstance(run, dict) else None
    return kind if isinstance(kind, str) else None


def read_alliances(path: str | Path, district: District) -> AlliancePlan:
    """Read a plan of alliances; whether it obeys the rules is the checker's question.

    Parameters
    ----------
    path
        A result folder (its `memberships.csv`, which may have been changed by hand, goes before `result.json`),
        a `result.json` or a `memberships.csv`.
    district
        The district the plan is for.

    Raises
    ------
    InputError
        If rows cannot be read or name schools that the district does not have.
    UsageError
        If there is no such file or no plan of alliances in it.
    """
    source = Path(path)
    if not source.exists():
        raise UsageError("no_such_path", path=str(path))
    file = source / "result.json" if source.is_dir() else source
    document = load_json(file) if file.suffix.lower() == ".json" and file.is_file() else {}
    if not isinstance(document, dict):
        raise UsageError("alliance_plan.no_plan", path=str(path))
    csv = source / "memberships.csv" if source.is_dir() else source
    rows = _rows(csv, document, district)
    form = _form(document, rows, path)
    if rows is None and form != "district":
        raise UsageError("alliance_plan.no_plan", path=str(path))
    parts = (_texts(document.get(name), name, file) for name in ("tags", "districts"))
    plan = Alliances(form, rows or (), *parts)
    return AlliancePlan(plan, _request(form, document.get("request"), file))


def _rows(csv: Path, document: Mapping[str, Any], district: District) -> tuple[Membership, ...] | None:
    """Rows of the plan; None where there is no table."""
    faults: list[Fault] = []
    if csv.suffix.lower() == ".csv" and csv.is_file():
        sheet = read_csv(csv, Membership)
        if isinstance(sheet, Fault):
            raise InputError([sheet])
    elif document.get("memberships") is not None:
        sheet = table_sheet("memberships", document["memberships"], faults)
    else:
        return None
    if sheet.unreadable:
        raise InputError(arrange(faults))
    if len(sheet.rows) < 2:
        return ()
    view, found = read_table(sheet, Membership)
    arranged = arrange([*faults, *found, *_unknown(view, district)])
    if any(fault.severity == "error" for fault in arranged):
        raise InputError(arranged)
    rows = sorted(view.records, key=lambda r: (r.alliance_id, r.role is AllianceRole.MEMBER, r.school_id))
    return tuple(rows)


def _unknown(view: TableView, district: District) -> list[Fault]:
    """Report schools that the district does not have."""
    suggest = Nearest(district.school_by_id.keys())
    return [
        view.fault("unknown_school", row, "school_id", m.school_id, params=suggest.hints(m.school_id))
        for row, m in zip(view.rows, view.records, strict=True)
        if m.school_id not in district.school_by_id
    ]


def _form(document: Mapping[str, Any], rows: tuple[Membership, ...] | None, path: str | Path) -> Form:
    """The form that the result names; without one that of all rows."""
    said = document.get("form")
    forms: set[str] = {row.form.value for row in rows or ()}
    named = forms | {said} if isinstance(said, str) else forms
    if len(named) > 1:
        raise UsageError("alliance_plan.several_forms", path=str(path))
    found: Form | None = next((form for form in get_args(Form) if form in named), None)
    if found is None:
        raise UsageError("alliance_plan.no_plan", path=str(path))
    return found


def _texts(value: Any, where: str, file: Path) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise UsageError("alliance_plan.broken", path=file.name, where=where)
    return value


def _request(form: Form, recorded: Any, file: Path) -> AllianceRequest:
    """What was asked for; anything that is not recorded is as if it had not been asked for."""
    if recorded is None:
        return AllianceRequest(form)
    if not isinstance(recorded, dict):
        raise UsageError("alliance_plan.broken", path=file.name, where="request")
    known = {f.name for f in fields(AllianceRequest)} - {"form"}
    values = {name: value for name, value in recorded.items() if name in known}
    for name in LISTS:
        given = values.get(name)
        if given is not None and not isinstance(given, list):
            raise UsageError("alliance_plan.broken", path=file.name, where=f"request.{name}")
        values[name] = None if given is None else tuple(given)
    return AllianceRequest(form, **values)
