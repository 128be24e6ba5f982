"""What a plan is, how it is judged, and what a run reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import fsum
from typing import TYPE_CHECKING, Any, Literal, overload

from allocator.domain.alliance_records import Membership
from allocator.domain.choices import Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.measures import Measures, StaffingRow
from allocator.domain.policy import Policy
from allocator.domain.records import Lock
from allocator.errors import Fault
from allocator.text import DEFAULT_LANG, Lang, has, say, shortened

if TYPE_CHECKING:
    import pandas as pd

    from allocator.domain.change import Replan
    from allocator.domain.conflict import Conflict
    from allocator.domain.explanation import Explanations


class Status(StrEnum):
    """What is known of a run's result; apart from whether there is a plan."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Move:
    """One teacher's move: a row of `moves.csv`.

    `subject` is the subject taught after the move (the second subject, where that is used). `distance_km`
    is rounded to the metre; None if it is unknown. `reason` holds codes that are facts about the move.
    """

    teacher_id: str
    stage: Stage
    subject: Subject
    from_school_id: str
    to_school_id: str
    distance_km: float | None = None
    minutes: float | None = None
    reason: tuple[str, ...] = ()
    year: int | None = None


MOVE_COLUMNS: tuple[str, ...] = (
    "teacher_id",
    "stage",
    "subject",
    "from_school_id",
    "to_school_id",
    "distance_km",
    "minutes",
    "reason",
    "year",
)


@dataclass(frozen=True, slots=True)
class Moves(Sequence[Move]):
    """The moves of a plan, ordered by teacher code."""

    rows: tuple[Move, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Move: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Move, ...]: ...
    def __getitem__(self, index: int | slice) -> Move | tuple[Move, ...]:
        return self.rows[index]

    def __iter__(self) -> Iterator[Move]:
        return iter(self.rows)

    def records(self) -> list[dict[str, Any]]:
        """Rows as plain values under the names of the format; lists joined by `;`."""
        return [
            {
                "teacher_id": m.teacher_id,
                "stage": m.stage.value,
                "subject": m.subject.value,
                "from_school_id": m.from_school_id,
                "to_school_id": m.to_school_id,
                "distance_km": m.distance_km,
                "minutes": m.minutes,
                "reason": ";".join(m.reason),
                "year": m.year,
            }
            for m in self.rows
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return the moves as a table with the columns of `moves.csv`."""
        import pandas as pd  # noqa: PLC0415  importing allocator stays light

        return pd.DataFrame.from_records(self.records(), columns=list(MOVE_COLUMNS))


@dataclass(frozen=True, slots=True)
class Level:
    """One lexicographic objective level.

    Attributes
    ----------
    name, unit
        `"staffing"` in posts, `"balance"` in CV^2, `"burden"` in km; before them `"breaches"`, the price of all
        breaches (elastic rules), and `"changes"` in decisions (replanned).
    value
        Best value found when this level was optimised, recomputed from a plan by the checker.
    bound
        Proven bound of this level's own problem, slack of the levels before it included; None if none is known.
    final
        Value in the plan that is handed out: at most the slack worse than `value`.
    before
        Value without any move; None where there is nothing to compare with.
    integral
        True if the level's linear relaxation was integral outright.
    seconds
        Time spent on this level.
    """

    name: str
    unit: str
    value: float
    bound: float | None
    final: float
    before: float | None
    integral: bool = False
    seconds: float = 0.0

    @property
    def gap(self) -> float | None:
        """Relative gap |value - bound| / max(|value|, u), u = 1 decision, 1 post, 0.01 CV^2, 1 km."""
        if self.bound is None:
            return None
        return abs(self.value - self.bound) / max(abs(self.value), GAP_UNITS[self.name])


GAP_UNITS: Mapping[str, float] = {
    "coverage": 1.0,
    "benefit": 0.01,
    "evenness": 1.0,
    "pupils": 0.01,
    "strong": 0.01,
    "cut": 1.0,
    "distance": 1.0,
    "breaches": 1.0,
    "changes": 1.0,
    "staffing": 1.0,
    "balance": 0.01,
    "burden": 1.0,
    "projects.lifted": 1.0,
    "projects.t": 0.01,
    "missing": 1.0,
    "excess": 0.01,
    "cost": 1.0,
}
LEVEL_UNITS: Mapping[str, str] = {
    "coverage": "schools",
    "benefit": "points",
    "evenness": "quality points",
    "pupils": "share",
    "strong": "share",
    "cut": "borders",
    "distance": "km",
    "breaches": "price",
    "changes": "decisions",
    "staffing": "posts",
    "balance": "CV^2",
    "burden": "km",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of a rule: what, by how much, in which unit, with its witness.

    `key` and `params` name the sentence in the catalogue `violations`. `price` is what the breach of an elastic
    rule costs; None if the rule binds.
    """

    rule: str
    subject: str
    amount: float
    unit: str
    key: str
    params: Mapping[str, object] = field(default_factory=dict)
    price: float | None = None

    def text(self, lang: Lang = DEFAULT_LANG) -> str:
        """Sentence for the user."""
        values = {"subject": self.subject, "amount": f"{self.amount:g}", "unit": self.unit, **self.params}
        return say(f"violations.{self.key}", lang, **{name: shortened(v) for name, v in values.items()})


Verdict = Literal["met", "broken", "relaxed", "off"]


def rule_sentence(rule: str, kind: str, numbers: Mapping[str, float], lang: Lang = DEFAULT_LANG) -> str:
    """Say what a rule `required` or what was `achieved`; where all is 0, in words of its own if it has them."""
    key = f"rules.{rule}_{kind}"
    if not any(numbers.values()) and has(f"{key}_none"):
        return say(f"{key}_none", lang)
    return say(key, lang, **numbers)


@dataclass(frozen=True, slots=True)
class RuleAudit:
    """Verdict on one rule, recomputed from the tables: what it required and what the plan achieves.

    `relaxed` says that a rule which may give way did so; its violations carry their prices.

    `required` and `achieved` are numbers for the sentences `rules.<id>_required` and `rules.<id>_achieved`.
    """

    rule: str
    verdict: Verdict
    required: Mapping[str, float] = field(default_factory=dict)
    achieved: Mapping[str, float] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The independent checker's judgement of a plan of any family.

    Attributes
    ----------
    rules
        One audit a rule, in order of ids.
    levels
        Each objective level recomputed: name -> value.
    levels_before
        The same without the plan.
    """

    rules: tuple[RuleAudit, ...]
    levels: Mapping[str, float]
    levels_before: Mapping[str, float]

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All breaches, rule by rule, those of elastic rules included."""
        return tuple(v for audit in self.rules for v in audit.violations)

    @property
    def broken(self) -> tuple[Violation, ...]:
        """Breaches of rules that bind."""
        return tuple(v for v in self.violations if v.price is None)

    @property
    def relaxed(self) -> tuple[Violation, ...]:
        """Breaches of elastic rules, each with its price."""
        return tuple(v for v in self.violations if v.price is not None)

    @property
    def price(self) -> float:
        """Price of all breaches of elastic rules."""
        return fsum(v.price for v in self.violations if v.price is not None)

    @property
    def passed(self) -> bool:
        """Whether no hard rule is broken."""
        return not self.broken


@dataclass(frozen=True, slots=True)
class CheckReport(Judgement):
    """Judgement of a rotation plan, with the head counts behind the quotas."""

    eligible: int
    moved: int
    backbone_moved: int


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Where a result comes from: enough to repeat the run."""

    kind: Literal["rotation", "alliance", "funding", "reach"]
    engine: str
    format: int
    policy: str
    policy_sha256: str
    input_sha256: str
    as_of: Month
    seed: int
    seconds: Mapping[str, float]
    peak_mib: float | None = None


@dataclass(frozen=True)
class Decision:
    """A checked rotation plan with everything a report needs; without a plan if none was found.

    Attributes
    ----------
    status
        What is known of the result.
    moves
        The plan; empty with `check` None when there is none.
    levels
        Objective levels in order, with value, bound and gap.
    check
        The checker's report on the plan.
    before, after
        Indicators before and after the plan.
    staffing
        Posts and head counts, section by section and subject by subject.
    warnings
        Faults of the input that did not stop the run.
    locks
        Locks given beside the table; the district holds them too.
    memberships
        Alliances formed for this plan in place of those of the table; the district holds them.
    replan
        What the plan was replanned from, and what changed; None for a plan of its own.
    conflict
        Where no plan obeys all rules of the profile: which of them cannot hold together. A repaired plan
        has it too; its `policy` then says which rules were elastic.
    explanations
        What follows if the teachers who move stay, for those that were asked about; None if none were.
    """

    run: RunInfo
    district: District
    policy: Policy
    status: Status
    levels: tuple[Level, ...]
    moves: Moves
    check: CheckReport | None
    before: Measures
    after: Measures
    staffing: tuple[StaffingRow, ...]
    warnings: tuple[Fault, ...] = ()
    locks: tuple[Lock, ...] = ()
    memberships: tuple[Membership, ...] = ()
    replan: Replan | None = None
    conflict: Conflict | None = None
    explanations: Explanations | None = None

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Breaches found by the checker, those of elastic rules included."""
        return () if self.check is None else self.check.violations
