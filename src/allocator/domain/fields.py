"""What a column of the format is: type, unit, Chinese header, choices and source, said once.

Records annotate their fields with `Column`; `columns(record)` turns the annotations into `ColumnSpec`s, and
reader, template, JSON Schema, error messages and documentation all read those.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Self

from annotated_types import Ge, Le, MaxLen
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

Kind = Literal["text", "integer", "number", "money", "flag", "month", "choice", "list"]


class Choice(StrEnum):
    """A code of the format with its Chinese label: `URBAN = "urban", "城区"`.

    Further labels that offices use may follow; they are read, never written.
    """

    zh: str
    aliases: tuple[str, ...]

    def __new__(cls, code: str, zh: str, *aliases: str) -> Self:
        """Make the member; its value is the English code."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.zh = zh
        member.aliases = aliases
        return member

    def label(self, lang: str) -> str:
        """Text of the choice in a language; the English one is the code in words."""
        return self.zh if lang == "zh" else self.value.replace("_", " ")


class Month(int):
    """A calendar month, counted in months since year 0, so that differences are whole months.

    Written `YYYY-MM`. `Month.of(2015, 9) - Month.of(2009, 9) == 72`.
    """

    __slots__ = ()

    @classmethod
    def of(cls, year: int, month: int) -> Month:
        """Make a month; `ValueError` unless 1 <= month <= 12 and 1900 <= year <= 2200."""
        if not (1 <= month <= 12 and 1900 <= year <= 2200):
            raise ValueError(f"no such month: {year}-{month}")
        return cls(year * 12 + month - 1)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read `YYYY-MM`; `ValueError` for anything else."""
        year, dash, month = text.partition("-")
        if not (dash and len(year) == 4 and len(month) == 2 and year.isdigit() and month.isdigit()):
            raise ValueError(f"not a month (YYYY-MM): {text!r}")
        return cls.of(int(year), int(month))

    @property
    def year(self) -> int:
        """Calendar year."""
        return int(self) // 12

    @property
    def month(self) -> int:
        """Month of the year, 1 to 12."""
        return int(self) % 12 + 1

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    def __repr__(self) -> str:
        return f"Month({self})"

    @classmethod
    def _accept(cls, value: Any) -> Month:
        if isinstance(value, Month):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        raise ValueError(f"not a month (YYYY-MM): {value!r}")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept `Month` and `YYYY-MM`; write `YYYY-MM`."""
        return core_schema.no_info_plain_validator_function(
            cls._accept, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe as a string of the form `YYYY-MM`."""
        return {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}


@dataclass(frozen=True, slots=True)
class Column:
    """What the format says of one field, put into its annotation.

    Attributes
    ----------
    zh
        Chinese header.
    unit
        Unit of the value in English (`"pupils"`, `"m2"`, `"yuan"`, `"km"`); empty for none.
    note_zh, note_en
        What to fill in, one sentence; shown as a comment in the template.
    source
        Where the definition comes from, if not the format itself.
    aliases
        Further headers that are accepted.
    refers
        Table whose key the value must be (`"schools"`, `"teachers"`, `"towns"`, `"grants"`, `"projects"`).
    """

    zh: str
    note_zh: str = ""
    note_en: str = ""
    unit: str = ""
    source: str = ""
    aliases: tuple[str, ...] = ()
    refers: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What the format says of one table, a class attribute `TABLE` of its record.

    `row_zh` and `row_en` say what one row is, `use_zh` and `use_en` what the table is needed for; `needed`
    tables are needed for everything.
    """

    name: str
    zh: str
    row_zh: str
    row_en: str
    key: tuple[str, ...]
    needed: bool = False
    aliases: tuple[str, ...] = ()
    use_zh: str = ""
    use_en: str = ""


class Record(BaseModel):
    """Base of all rows: frozen, without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    TABLE: typing.ClassVar[Table]


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column as readers and writers need it.

    `kind` says how a cell is read; `minimum` and `maximum` are inclusive; `choices` is empty unless `kind`
    is `"choice"` or a list of choices; `max_length` is that of codes, which are never blank.
    """

    name: str
    zh: str
    kind: Kind
    required: bool
    default: Any
    unit: str
    minimum: float | None
    maximum: float | None
    max_length: int | None
    choices: type[Choice] | None
    note_zh: str
    note_en: str
    source: str
    aliases: tuple[str, ...]
    refers: str

    def header(self, lang: str) -> str:
        """Header in a language; the English one is the name."""
        return self.zh if lang == "zh" else self.name

    def note(self, lang: str) -> str:
        """Explanation in a language."""
        return self.note_zh if lang == "zh" else self.note_en


_KINDS: Mapping[type, Kind] = {
    str: "text",
    int: "integer",
    float: "number",
    Decimal: "money",
    bool: "flag",
    Month: "month",
    tuple: "list",
}


def _kind(annotation: Any) -> tuple[Kind, type[Choice] | None, tuple[Any, ...]]:
    """Find kind, choices and constraint metadata inside an annotation, through unions and `Annotated`."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (a for a in typing.get_args(annotation) if a is not type(None))
        return _kind(inner)
    if origin is Annotated:
        inner, *metadata = typing.get_args(annotation)
        kind, choices, more = _kind(inner)
        return kind, choices, (*metadata, *more)
    if origin is tuple:
        _, choices, _ = _kind(typing.get_args(annotation)[0])
        return "list", choices, ()
    if isinstance(annotation, type) and issubclass(annotation, Choice):
        return "choice", annotation, ()
    return _KINDS[annotation], None, ()


def _bound(metadata: tuple[Any, ...], kind: type, name: str) -> float | None:
    found = [float(getattr(m, name)) for m in metadata if isinstance(m, kind)]
    return found[0] if found else None


def _flat(metadata: tuple[Any, ...]) -> tuple[Any, ...]:
    """Unpack pydantic `Field(...)` objects inside nested annotations."""
    out: list[Any] = []
    for item in metadata:
        out.extend(getattr(item, "metadata", None) or [item])
    return tuple(out)


@cache
def columns(record: type[Record]) -> tuple[ColumnSpec, ...]:
    """Return the columns of a record in the order of the format.

    Raises
    ------
    TypeError
        If a field carries no `Column`: a programming error.
    """
    specs = []
    for name, info in record.model_fields.items():
        kind, choices, inner = _kind(info.annotation)
        metadata = _flat((*info.metadata, *inner))
        column = next((m for m in metadata if isinstance(m, Column)), None)
        if column is None:
            raise TypeError(f"{record.__name__}.{name} has no Column")
        specs.append(
            ColumnSpec(
                name=name,
                zh=column.zh,
                kind=kind,
                required=info.is_required(),
                default=None if info.is_required() else info.get_default(call_default_factory=True),
                unit=column.unit,
                minimum=_bound(metadata, Ge, "ge"),
                maximum=_bound(metadata, Le, "le"),
                max_length=next((m.max_length for m in metadata if isinstance(m, MaxLen)), None),
                choices=choices,
                note_zh=column.note_zh,
                note_en=column.note_en,
                source=column.source,
                aliases=column.aliases,
                refers=column.refers,
            )
        )
    return tuple(specs)
