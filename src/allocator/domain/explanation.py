"""What an explanation of a plan says: numbers first, sentences rendered from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from allocator.domain.choices import Stage
from allocator.domain.fields import Choice
from allocator.domain.measures import IndicatorRow, StaffingRow
from allocator.domain.plan import GAP_UNITS, Move, Moves, Status, Violation
from allocator.text import DEFAULT_LANG, Lang, say, shortened


class Labels(Protocol):
    """How teachers and schools are called in sentences."""

    def teacher(self, teacher_id: str) -> str:
        """Call a teacher."""

    def school(self, school_id: str) -> str:
        """Call a school."""


class Codes:
    """Labels that are the codes themselves."""

    def teacher(self, teacher_id: str) -> str:
        """Call a teacher by the code."""
        return teacher_id

    def school(self, school_id: str) -> str:
        """Call a school by the code."""
        return school_id


GRAIN = 1e-6
"""Differences of a level below this, relative to its unit or its value, do not count."""

TEACHER_PARAMS = frozenset({"teacher", "partner"})
SCHOOL_PARAMS = frozenset({"school", "origin"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One fact behind a decision: a sentence of the catalogue `explain` with its values.

    Attributes
    ----------
    key
        Entry of the catalogue, without the area.
    rule
        Rule it is about, `""` if none.
    params
        Values; those named in `TEACHER_PARAMS` and `SCHOOL_PARAMS` are codes, `breach` is a violation,
        `indicator` an id.
    """

    key: str
    rule: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: Lang = DEFAULT_LANG, labels: Labels | None = None) -> str:
        """Sentence for the reader."""
        named = labels or Codes()
        values = {name: _spoken(name, value, lang, named) for name, value in self.params.items()}
        return say(f"explain.{self.key}", lang, **values)


def _spoken(name: str, value: object, lang: Lang, labels: Labels) -> object:
    """A value as a sentence says it."""
    if name in TEACHER_PARAMS:
        return shortened(labels.teacher(str(value)))
    if name in SCHOOL_PARAMS:
        return shortened(labels.school(str(value)))
    if isinstance(value, Choice):
        return value.label(lang)
    if isinstance(value, Violation):
        return value.text(lang)
    return say(f"explain.{value}", lang) if name == "indicator" else value


@dataclass(frozen=True, slots=True)
class LevelChange:
    """One objective level under a condition, against the best without it.

    Attributes
    ----------
    base, value
        Best value found without and with the condition, in units of the level.
    least, most
        Proven limits of the true change; None where a bound is missing.
    """

    name: str
    unit: str
    base: float
    value: float
    least: float | None
    most: float | None

    @property
    def change(self) -> float:
        """What the condition adds to the level; negative if it improves."""
        return self.value - self.base

    @property
    def proven(self) -> bool:
        """Whether the change is known to a millionth of the level's unit or of its value."""
        return self.least is not None and self.most is not None and self.most - self.least <= 2 * self._grain

    @property
    def same(self) -> bool:
        """Whether the values found do not differ."""
        return abs(self.change) <= self._grain

    @property
    def _grain(self) -> float:
        return GRAIN * max(GAP_UNITS[self.name], abs(self.base))


@dataclass(frozen=True)
class Consequence:
    """What follows if a condition is imposed and everything else is planned anew.

    Attributes
    ----------
    status
        `optimal` if every level is solved to the gap asked for, `feasible` with a plan but a wider gap,
        `infeasible` if two solvers prove that no plan obeys the condition and the rules, `unknown` otherwise.
    levels
        Changes in order of the levels; empty without a plan. A change in one level decides; what later levels
        gain or lose then comes on top, and may be left out.
    moves
        The best plan under the condition, checked; None if there is none.
    rule
        Where it is infeasible: a rule that by itself forbids the condition; `""` if none was found.
    """

    status: Status
    levels: tuple[LevelChange, ...] = ()
    moves: Moves | None = None
    rule: str = ""

    @property
    def decisive(self) -> LevelChange | None:
        """First level that changes; None if none does."""
        return next((level for level in self.levels if not level.same), None)


@dataclass(frozen=True)
class Alone:
    """What changes if one move is cancelled, and nothing else.

    Attributes
    ----------
    breaches
        Rules that the plan obeys and the rest of it does not.
    levels
        Value of each level with and without the move: name -> (with, without).
    staffing
        Subjects of the two sections concerned whose head count differs: (with the move, without).
    indicators
        Movable indicators of the new section, and the county's CVs (school None), that differ; `before` is
        without the move, `after` with it.
    """

    breaches: tuple[Violation, ...]
    levels: Mapping[str, tuple[float, float]]
    staffing: tuple[tuple[StaffingRow, StaffingRow], ...]
    indicators: tuple[IndicatorRow, ...]


@dataclass(frozen=True, slots=True)
class ReadOff:
    """Teachers who are alike for every rule and level, and who of them moves.

    Attributes
    ----------
    alike
        All of them, longest serving first (unknown last, then by code).
    moved
        Those whom the plan moves, in the same order.
    by_service
        Whether the moved are the longest serving: the rule by which plans are read off.
    """

    alike: tuple[str, ...]
    moved: tuple[str, ...]
    by_service: bool


@dataclass(frozen=True)
class Why:
    """Why a teacher moves, or does not.

    Attributes
    ----------
    move
        The teacher's move in the plan; None if the teacher stays.
    reasons
        Facts that speak for the move, or that forbid any move.
    alone
        What changes if just this move is cancelled; None for one who stays.
    otherwise
        What follows if the teacher stays (or, for one who stays, must move); None where a rule or a lock
        decides without planning.
    read_off
        Who is alike, and why this one of them.
    """

    teacher_id: str
    move: Move | None
    reasons: tuple[Statement, ...]
    alone: Alone | None
    otherwise: Consequence | None
    read_off: ReadOff


@dataclass(frozen=True)
class WhyNot:
    """Why a teacher is not moved to a school.

    Attributes
    ----------
    barriers
        Rules that forbid it, whatever else is planned; found without solving.
    forced
        What follows if it is decided all the same; None where there are barriers.
    planned
        Whether the plan does move the teacher there.
    """

    teacher_id: str
    school_id: str
    barriers: tuple[Statement, ...]
    forced: Consequence | None
    planned: bool = False


@dataclass(frozen=True)
class Replacement:
    """A teacher who could go where another one goes.

    Attributes
    ----------
    goes_now
        School to which the plan moves this teacher; None if it leaves the teacher in place.
    alike
        How many teachers are alike to this one and could go as well, this one included.
    exchange
        Change of each level if the two are exchanged and nothing else changes; None if that breaks a rule.
    replanned
        What follows if the one stays, the other goes, and everything else is planned anew.
    """

    teacher_id: str
    school_id: str
    goes_now: str | None
    alike: int
    exchange: Mapping[str, float] | None
    replanned: Consequence


@dataclass(frozen=True)
class WhoElse:
    """Who could take a moved teacher's place, best first.

    Attributes
    ----------
    possible
        Kinds of teachers (alike ones counted once) who could teach the subject there.
    replacements
        Those that were planned anew: the most promising by exchange alone.
    floor
        What follows if the teacher stays, whoever goes: no replacement can do better.
    """

    teacher_id: str
    school_id: str
    possible: int
    replacements: tuple[Replacement, ...]
    floor: Consequence


@dataclass(frozen=True)
class SchoolChange:
    """What a school gives and gets, with its indicators and posts before and after."""

    school_id: str
    stages: tuple[Stage, ...]
    gives: tuple[Move, ...]
    gets: tuple[Move, ...]
    indicators: tuple[IndicatorRow, ...]
    staffing: tuple[StaffingRow, ...]


@dataclass(frozen=True)
class Price:
    """What one step of relaxing a rule would change.

    Attributes
    ----------
    path, before, after
        Value of the profile, as it is and relaxed; `--set path=after` gives the same plan.
    key
        Sentence of the catalogue `explain` that says what the step is.
    """

    rule: str
    key: str
    path: str
    before: float
    after: float
    consequence: Consequence


@dataclass(frozen=True)
class Explanations:
    """Explanations of the moves of a plan, as many as the time allowed.

    Attributes
    ----------
    whys
        In the order in which they were found; each says with proven limits what follows if the teacher stays,
        or that a lock decides.
    moved
        Moves of the plan.
    budget, seconds
        Time allowed, and time taken.
    """

    whys: tuple[Why, ...]
    moved: int
    budget: float
    seconds: float
