"""A split of grants read back for the checker: from `split.csv` and `chosen.csv`, or from `result.json`."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from allocator.domain.choices import SplitRule
from allocator.domain.district import District
from allocator.domain.funding import Amount, Chosen, Split
from allocator.errors import UsageError
from allocator.io.alliance_plans import kind_of
from allocator.io.jsondoc import load_json

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class RecordedSplit:
    """A split, the grants that it is for, and the rules that its result says they were split by."""

    split: Split
    grants: tuple[str, ...]
    rules: Mapping[str, SplitRule]

    def ruled(self, district: District) -> District:
        """The district with those rules."""
        grants = tuple(
            g.model_copy(update={"rule": self.rules.get(g.grant_id, g.rule)}) for g in district.grants
        )
        return district.model_copy(update={"grants": grants})


def is_split(path: Path) -> bool:
    """Tell whether a path holds a split: by the kind of its `result.json`, or by its name."""
    file = path / "result.json" if path.is_dir() else path
    if file.suffix.lower() == ".json" and file.is_file():
        return kind_of(file) == "funding"
    return path.name == "split.csv" or (path.is_dir() and (path / "split.csv").is_file())


def read_split(path: Path) -> RecordedSplit:
    """Read a split; whether it obeys the rules is the checker's question.

    In a folder the tables count, for they are what a hand may have changed.

    Raises
    ------
    UsageError
        If a file cannot be read, or an amount is no number.
    """
    folder = path if path.is_dir() else path.parent
    file = path if path.suffix.lower() == ".json" else folder / "result.json"
    document = load_json(file) if file.is_file() else {}
    if path.suffix.lower() == ".json":
        split, chosen = document.get("split", []), document.get("chosen", [])
    else:
        split, chosen = _table(folder / "split.csv"), _table(folder / "chosen.csv")
    amounts = tuple(
        Amount(
            _code(r, "grant_id"),
            _code(r, "school_id"),
            _yuan(r, "amount_yuan", path),
            _yuan(r, "training_yuan", path),
        )
        for r in split
    )
    works = tuple(
        Chosen(
            _code(r, "project_id"),
            _code(r, "school_id"),
            _code(r, "grant_id"),
            _yuan(r, "cost_yuan", path),
            int(r["year"]) if r.get("year") else None,
        )
        for r in chosen
    )
    known = {rule.value: rule for rule in SplitRule}
    rules = {g["grant_id"]: known[g["rule"]] for g in document.get("grants", []) if g["rule"] in known}
    codes = dict.fromkeys([*rules, *(row.grant_id for row in amounts), *(row.grant_id for row in works)])
    return RecordedSplit(Split(amounts, works), tuple(codes), rules)


def _table(file: Path) -> Rows:
    if not file.is_file():
        return []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _code(row: Mapping[str, Any], name: str) -> str:
    return str(row.get(name) or "").strip()


def _yuan(row: Mapping[str, Any], name: str, path: Path) -> Decimal:
    text = str(row.get(name) or "0")
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise UsageError("split_amount", path=str(path), value=text, column=name) from error
