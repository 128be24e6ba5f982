"""What a value looks like in a file: the reverse of `cells`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from allocator.domain.fields import Choice, ColumnSpec, Month
from allocator.errors import UsageError
from allocator.io.cells import split_list
from allocator.text import Lang

_YES_NO = {"zh": ("否", "是"), "en": ("no", "yes")}


def flag_labels(lang: Lang) -> tuple[str, str]:
    """Labels of no and yes."""
    return _YES_NO[lang]


def cell_value(value: Any, spec: ColumnSpec, lang: Lang) -> str | int | float | Decimal | None:
    """Value of a cell of a workbook or CSV file; None for a blank one.

    Raises
    ------
    UsageError
        If a list entry holds a separator, so that no cell could give it back.
    """
    if value is None or value == ():
        return None
    if isinstance(value, bool):
        return flag_labels(lang)[value]
    if isinstance(value, Choice):
        return value.label(lang) if lang == "zh" else value.value
    if isinstance(value, Month):
        return str(value)
    if isinstance(value, tuple):
        return _join(value, spec)
    return value if isinstance(value, (int, float, Decimal)) else str(value)


def _join(parts: tuple[str, ...], spec: ColumnSpec) -> str:
    text = ";".join(parts)
    if split_list(text) != list(parts):
        raise UsageError("list_not_writable", column=spec.name, value=text)
    return text


def json_value(value: Any) -> Any:
    """Value in a JSON document; money is a number where that is exact."""
    if isinstance(value, Month):
        return str(value)
    if isinstance(value, Choice):
        return value.value
    if isinstance(value, Decimal):
        if value == value.to_integral_value():
            return int(value)
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    return list(value) if isinstance(value, tuple) else value
