"""Put faults in reading order and gather those that say the same of many rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from allocator.errors import Fault
from allocator.io.naming import ALL_TABLES

FEW = 3
"""So many alike warnings are listed one by one; more become one with a count and the first rows."""

_EXAMPLES = 5
_ORDER = {name: number for number, name in enumerate(ALL_TABLES)}


def arrange(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Sort by table and row, the whole district first, and gather what is alike.

    Warnings are alike if they are of one kind in one column; their first rows are named. Errors are alike only
    if the sentence is the same to the letter, as where hundreds of rows name a school whose code was mistyped;
    every row is named, so that nothing is lost.
    """
    listed = sorted(faults, key=lambda f: (_ORDER.get(f.table, -1), f.row or 0))
    groups: dict[tuple[str, ...], list[Fault]] = {}
    for fault in listed:
        groups.setdefault(_group(fault), []).append(fault)
    many = {group: found for group, found in groups.items() if len(found) > FEW}
    out: list[Fault] = []
    for fault in listed:
        alike = many.get(_group(fault))
        if alike is None:
            out.append(fault)
        elif alike[0] is fault:
            rows = tuple(f.row for f in alike if f.row is not None)
            named = rows if fault.severity == "error" else rows[:_EXAMPLES]
            out.append(replace(fault, count=len(alike), examples=named))
    return tuple(out)


def _group(fault: Fault) -> tuple[str, ...]:
    where = (fault.severity, fault.key, fault.table, fault.sheet, fault.column)
    return (*where, fault.text("en"), fault.text("zh")) if fault.severity == "error" else where
