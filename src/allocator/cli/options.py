"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from allocator.cli.language import spoken, words
from allocator.domain.fields import Month
from allocator.errors import UsageError


class Language(StrEnum):
    """Languages of the command line."""

    ZH = "zh"
    EN = "en"


District = Annotated[Path, typer.Argument(metavar="DISTRICT", help=words("arg_district"), show_default=False)]
LangOption = Annotated[Language, typer.Option("--lang", help=words("opt_lang"))]
JsonOption = Annotated[bool, typer.Option("--json", help=words("opt_json"))]
PolicyOption = Annotated[str | None, typer.Option("--policy", help=words("opt_policy"), show_default=False)]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="YYYY-MM", help=words("opt_as_of"), show_default=False)
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help=words("opt_set"), show_default=False)
]
NamesOption = Annotated[bool, typer.Option("--show-names", help=words("opt_names"))]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help=words("opt_quiet"))]

OutFolder = Annotated[Path, typer.Option("--out", "-o", help=words("opt_out"), show_default=False)]
TimeOption = Annotated[
    float | None, typer.Option("--time-limit", metavar="S", min=0.0, help=words("opt_time"), show_default=False)
]
GapOption = Annotated[float, typer.Option("--gap", min=0.0, help=words("opt_gap"))]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help=words("opt_seed"))]
WorkersOption = Annotated[int, typer.Option("--workers", min=1, help=words("opt_workers"))]

LANGUAGE = Language(spoken())
"""Default of `--lang`: ALLOCATOR_LANG, else Chinese."""


def month(text: str | None) -> Month | None:
    """Read `--as-of`.

    Raises
    ------
    UsageError
        If it is not a month.
    """
    if text is None:
        return None
    try:
        return Month.parse(text.strip())
    except ValueError as fault:
        raise UsageError("bad_month", value=text) from fault
