"""Typed errors and input faults; each renders itself in the user's language.

The exit code of a command is the error's own: 2 bad input or usage, 3 infeasible, 4 nothing within the
limit, 1 our own fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from allocator.text import DEFAULT_LANG, Lang, say, shortened

ECHOED = frozenset({"value", "column", "teacher", "school", "partner", "first", "code", "name", "key"})
"""Values of sentences that repeat what a user wrote, which may be of any length."""

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the input: where it is, what was found, what would be right.

    Attributes
    ----------
    key
        Entry of the catalogue `faults`, without the area: `"unknown_school"`.
    severity
        `"error"` stops the run; `"warning"` is shown and recorded.
    table, sheet
        Table of the format, and the sheet or file it was read from.
    row, column
        1-based row as the spreadsheet shows it, and the header as the user wrote it (and its letter).
    value
        What was found, as text.
    params
        Further values for the sentence.
    count, examples
        How many places have this fault, and their rows, where alike ones were gathered: all rows of an error,
        the first of a warning.
    """

    key: str
    severity: Severity = "error"
    table: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    cell: str = ""
    value: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    count: int = 1
    examples: tuple[int, ...] = ()

    def text(self, lang: Lang = DEFAULT_LANG) -> str:
        """Sentence with the remedy, without the place."""
        key = self.key if "." in self.key else f"faults.{self.key}"
        values = {"value": self.value, "column": self.column, **self.params}
        sentence = say(key, lang, **{n: shortened(v) if n in ECHOED else v for n, v in values.items()})
        if self.count == 1:
            return sentence
        rows = say("common.enumeration", lang).join(runs(self.examples))
        name = "repeated_all" if len(self.examples) == self.count else "repeated"
        return sentence + say(f"common.{name}", lang, count=self.count, rows=rows)

    def place(self, lang: Lang = DEFAULT_LANG) -> str:
        """Where the fault is: sheet, row and column, as far as they are known."""
        parts = [str(shortened(self.sheet or self.table))]
        if self.row is not None:
            parts.append(say("common.row", lang, row=self.row))
        if self.column:
            column = str(shortened(self.column))
            named = f"{column} ({self.cell})" if self.cell else column
            parts.append(say("common.column", lang, column=named))
        return say("common.comma", lang).join(p for p in parts if p)


def runs(rows: Sequence[int]) -> list[str]:
    """Write ascending row numbers short: 3, 4, 5, 9 as 3-5, 9."""
    found: list[list[int]] = []
    for row in rows:
        if found and row - found[-1][-1] in (0, 1):
            found[-1].append(row)
        else:
            found.append([row])
    return [str(run[0]) if run[0] == run[-1] else f"{run[0]}-{run[-1]}" for run in found]


class AllocatorError(Exception):
    """Base of all errors a user can meet."""

    exit_code = 1

    def __init__(self, key: str, /, **params: object) -> None:
        self.key = key
        self.params = params
        super().__init__(key)

    def text(self, lang: Lang = DEFAULT_LANG) -> str:
        """Sentence for the user."""
        values = {n: shortened(v) if n in ECHOED else v for n, v in self.params.items()}
        return say(self.key if "." in self.key else f"errors.{self.key}", lang, **values)

    def __str__(self) -> str:
        return self.text("en")


class UsageError(AllocatorError):
    """The command or call itself is wrong: unknown policy, missing file, unwritable folder."""

    exit_code = 2


class InputError(AllocatorError):
    """The district's files have faults; `faults` holds every one of them, warnings included."""

    exit_code = 2

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        errors = sum(f.count for f in self.faults if f.severity == "error")
        warnings = sum(f.count for f in self.faults) - errors
        super().__init__("input_faults", errors=errors, warnings=warnings)


class PolicyError(AllocatorError):
    """A policy profile is wrong; `problems` holds every one of them as (key, params)."""

    exit_code = 2

    def __init__(self, profile: str, problems: Sequence[tuple[str, Mapping[str, object]]]) -> None:
        self.problems = tuple(problems)
        super().__init__("policy_faults", profile=profile, count=len(self.problems))

    def text(self, lang: Lang = DEFAULT_LANG) -> str:
        """One line a problem."""
        lines = [super().text(lang)]
        lines += ["- " + say(f"errors.{key}", lang, **params) for key, params in self.problems]
        return "\n".join(lines)


class InfeasibleError(AllocatorError):
    """No plan obeys all hard rules."""

    exit_code = 3


class LimitError(AllocatorError):
    """The limit was reached before any plan was found."""

    exit_code = 4


class InternalError(AllocatorError):
    """Our own fault: the checker contradicts the model, or a solver failed."""

    exit_code = 1
