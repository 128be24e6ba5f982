"""Several splits side by side: read from their folders, or made from scenarios of one district."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from allocator.domain.district import District
from allocator.domain.funding import FundingDecision
from allocator.domain.policy import Policy
from allocator.errors import UsageError
from allocator.io.policies import load_policy
from allocator.io.results import csv_table, replace_file
from allocator.reporting.money.outcome import ZERO, Outcome, differences, school_codes
from allocator.spending.what_if import changed, is_table_path
from allocator.spending.writing import funding_document, money
from allocator.text import DEFAULT_LANG, Lang, say

Splitter = Callable[[District, Policy], FundingDecision]
MOST_SCENARIOS = 100
LONGEST_NAME = 60


def read_outcomes(folders: Sequence[Path]) -> list[Outcome]:
    """Read results of splits, each named after its folder.

    Raises
    ------
    UsageError
        If a folder holds no result of a split.
    """
    names = _names([folder.resolve().name or str(folder) for folder in folders])
    return [_read(folder, name) for folder, name in zip(folders, names, strict=True)]


def _names(names: Sequence[str]) -> list[str]:
    """Names that are told apart, by a number where they are alike."""
    found: list[str] = []
    for name in names:
        k, told = 1, name
        while told in found:
            k += 1
            told = f"{name} ({k})"
        found.append(told)
    return found


def _read(folder: Path, name: str) -> Outcome:
    path = folder / "result.json" if folder.is_dir() else folder
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["run"]["kind"] != "funding":
            raise UsageError("fundreport.no_result", path=path)
        return Outcome.of(name, document)
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise UsageError("fundreport.no_result", path=path) from error


def read_scenarios(path: Path) -> dict[str, dict[str, str]]:
    """Read named what-ifs: name -> changes of tables and profile, `grants.G1.amount_yuan: 2000000`.

    Values stay as they are written, so that money is exact and `off` is no truth value.

    Raises
    ------
    UsageError
        If the file cannot be read or is no such mapping.
    """
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  plain texts only
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError("fundreport.no_scenarios", path=path, problem=error) from error
    if not isinstance(found, dict) or not found or len(found) > MOST_SCENARIOS:
        raise UsageError("fundreport.no_scenarios", path=path, problem=say("fundreport.scenarios_form"))
    scenarios: dict[str, dict[str, str]] = {}
    for name, asked in found.items():
        changes = asked or {}
        if not isinstance(changes, dict) or not all(isinstance(value, str) for value in changes.values()):
            raise UsageError("fundreport.scenario_form", path=path, name=name)
        scenarios[name] = changes
    return scenarios


def split_scenarios(
    district: District,
    policy: str | Path,
    overrides: Sequence[str],
    scenarios: Mapping[str, Mapping[str, str]],
    split: Splitter,
) -> dict[str, FundingDecision]:
    """Split once for each scenario; changes of the profile come after `overrides`.

    Raises
    ------
    UsageError
        If a change names no table, row or column; the sentence says which.
    """
    decisions = {}
    for name, changes in scenarios.items():
        data = {path: value for path, value in changes.items() if is_table_path(path)}
        rest = [f"{path}={value}" for path, value in changes.items() if not is_table_path(path)]
        decisions[name] = split(changed(district, data), load_policy(policy, [*overrides, *rest]))
    return decisions


def folder_names(names: Sequence[str]) -> list[str]:
    """Names of folders made of the scenarios' names: signs that a file system forbids are replaced."""
    plain = [re.sub(r"[\\/:*?\"<>|\x00-\x1f]", "_", name).strip(". ")[:LONGEST_NAME] or "_" for name in names]
    return _names(plain)


def outcome_of(name: str, decision: FundingDecision, lang: Lang = DEFAULT_LANG) -> Outcome:
    """Take what a comparison needs from a decision."""
    return Outcome.of(name, funding_document(decision, lang))


def write_comparison(outcomes: Sequence[Outcome], folder: Path, *, lang: Lang = DEFAULT_LANG) -> Path:
    """Write `compare.csv`, `compare.xlsx` and `compare.html` into a folder, made if it does not exist.

    Raises
    ------
    UsageError
        If the folder cannot be written.
    """
    from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415  importing allocator stays light

    from allocator.reporting.booklet import write_booklet  # noqa: PLC0415  as above
    from allocator.reporting.money.comparison import comparison_booklet  # noqa: PLC0415  as above

    try:
        folder.mkdir(parents=True, exist_ok=True)
        columns, rows = comparison_rows(outcomes)
        replace_file(folder / "compare.csv", csv_table(columns, rows))
        write_booklet(comparison_booklet(outcomes, lang), folder, "compare")
    except (OSError, FileCreateError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError("unwritable", path=str(folder), reason=reason) from error
    return folder / "compare.html"


def comparison_rows(outcomes: Sequence[Outcome]) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """Columns and rows of `compare.csv`: a school's amount in each result, and how much above the first."""
    base, others = outcomes[0], outcomes[1:]
    columns = (
        "school_id",
        "name",
        "pupils",
        *(o.name for o in outcomes),
        *(f"{o.name} - {base.name}" for o in others),
    )
    rows = []
    apart = [differences(base, other) if base.known and other.known else {} for other in others]
    for code in school_codes(outcomes):
        name, pupils = next(o.schools[code] for o in outcomes if code in o.schools)
        row: dict[str, Any] = {"school_id": code, "name": name, "pupils": pupils}
        row |= {o.name: money(o.amounts.get(code, ZERO)) if o.known else None for o in outcomes}
        row |= {f"{o.name} - {base.name}": money(each.get(code)) for o, each in zip(others, apart, strict=True)}
        rows.append(row)
    return columns, rows
