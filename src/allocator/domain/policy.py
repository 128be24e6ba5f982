"""A policy profile: every number of the rules, each with its source.

A profile is a tree of two levels, `section.field`; that dotted path is its name everywhere: in the YAML
files, in `--set rotation.max_share=0.2`, in error messages and in the documentation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from allocator.domain.choices import Gender, Stage, Subject
from allocator.domain.fields import Month

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Thresholds = tuple[Positive, Positive, Positive, Positive, Positive, Positive, Positive]
PeriodsByGrade = tuple[
    NonNegative,
    NonNegative,
    NonNegative,
    NonNegative,
    NonNegative,
    NonNegative,
    NonNegative,
    NonNegative,
    NonNegative,
]

UNVERIFIED = "unverified"


class Mode(StrEnum):
    """Whether a rule binds."""

    HARD = "hard"
    ELASTIC = "elastic"
    OFF = "off"


RULES: tuple[str, ...] = tuple(f"R{n}" for n in range(1, 17))
ALLIANCE_RULES: tuple[str, ...] = tuple(f"A{n}" for n in range(1, 9))
FUNDING_RULES: tuple[str, ...] = tuple(f"F{n}" for n in range(1, 9))
MECHANISM_RULES: Mapping[str, str] = {"points": "R15", "status_quo": "R16"}
"""The rule that each mechanism puts in force, whatever its switch says."""


class Section(BaseModel):
    """Base of the sections of a profile: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IndicatorPolicy(Section):
    """Thresholds and verdicts of the seven indicators."""

    thresholds_primary: Thresholds = Field(
        (4.2, 1.0, 0.9, 4.5, 7.5, 2000, 2.3), description="Thresholds of I1-I7, primary"
    )
    thresholds_junior: Thresholds = Field(
        (5.3, 1.0, 0.9, 5.8, 10.2, 2500, 2.4), description="Thresholds of I1-I7, junior"
    )
    cv_limit_primary: Positive = Field(0.50, description="Largest weighted CV of an indicator, primary")
    cv_limit_junior: Positive = Field(0.45, description="Largest weighted CV of an indicator, junior")
    required_met: int = Field(6, ge=0, le=7, description="Indicators of seven that a school must meet")
    last_ratio: Share = Field(
        0.85, description="Share of its threshold that the remaining indicator must reach"
    )
    nine_year_junior_weight: Positive = Field(
        1.1,
        description="Weight of a junior pupil against a primary pupil in a nine-year school's shared assets",
    )
    degree_primary: Literal["associate", "bachelor", "master", "doctor"] = Field(
        "associate", description="Lowest degree above the required one, primary (I1)"
    )
    degree_junior: Literal["associate", "bachelor", "master", "doctor"] = Field(
        "bachelor", description="Lowest degree above the required one, junior (I1)"
    )


class EligibilityPolicy(Section):
    """Who may be moved."""

    min_tenure_years: NonNegative = Field(6, description="Years at the present school, at least")
    min_years_to_retirement: NonNegative = Field(5, description="Years to retirement, more than")
    age_below_men: Positive | None = Field(None, description="Men must be younger than this age in years")
    age_below_women: Positive | None = Field(None, description="Women must be younger than this age in years")
    principal_min_terms: int = Field(2, ge=0, description="Full terms after which a principal is eligible")
    graduating_class_exempt: bool = Field(True, description="Teachers of a graduating class are not eligible")
    retirement_years_men: Positive = Field(60, description="Retirement age of men before the delay, years")
    retirement_years_women: Positive = Field(
        55, description="Retirement age of women (professional staff) before the delay, years"
    )
    delay_from_men: Month = Field(Month.of(1965, 1), description="First birth month delayed, men")
    delay_from_women: Month = Field(Month.of(1970, 1), description="First birth month delayed, women")
    delay_step_months: int = Field(4, ge=1, description="Birth months (begun) for one month of delay")
    delay_max_months: int = Field(36, ge=0, description="Longest delay in months; 0 for none")


class RotationPolicy(Section):
    """The numbers of the rotation rules."""

    min_share: Share = Field(0.10, description="R6: moved teachers, share of the eligible, at least")
    max_share: Share = Field(0.15, description="R6: moved teachers, share of the eligible, at most")
    min_backbone_share: Share = Field(
        0.20, description="R7: backbone teachers (county level or higher), at least"
    )
    backbone_base: Literal["moved", "eligible_backbone"] = Field(
        "moved", description="R7: what the share is of: the moved, or the eligible backbone teachers"
    )
    max_km: NonNegative = Field(20, description="R8: distance between present and new school, km, at most")
    max_minutes: NonNegative | None = Field(
        None, description="R8: travel time where it is known, minutes, at most"
    )
    staffing_tolerance: int = Field(1, ge=0, description="R4: head counts may leave the range by this much")
    max_outflow_share: Share = Field(0.20, description="R5: share of a section's teachers that may leave")
    min_down_share: Share = Field(0.5, description="R9: moves to a school of lower quality, share of all")
    max_partner_km: NonNegative = Field(20, description="R12: distance between partners after the plan, km")
    scope: Literal["county", "learning_district", "alliance"] = Field(
        "county", description="R13: moves stay inside this"
    )
    second_subject: bool = Field(False, description="R3: a teacher may move to a post in the second subject")
    mechanism: Literal["levels", "points", "status_quo"] = Field(
        "levels",
        description="How wishes bind: in the levels only (levels), by points (points: R15), "
        "never below the present school (status_quo: R16)",
    )


class RulesPolicy(Section):
    """Which rules bind or give way at a price; R1 always binds."""

    R1: Literal[Mode.HARD] = Mode.HARD
    R2: Mode = Mode.HARD
    R3: Mode = Mode.HARD
    R4: Mode = Mode.HARD
    R5: Mode = Mode.HARD
    R6: Mode = Mode.HARD
    R7: Mode = Mode.HARD
    R8: Mode = Mode.HARD
    R9: Mode = Mode.OFF
    R10: Mode = Mode.HARD
    R11: Mode = Mode.HARD
    R12: Mode = Mode.HARD
    R13: Mode = Mode.HARD
    R14: Mode = Mode.HARD
    R15: Literal[Mode.HARD, Mode.OFF] = Mode.OFF
    R16: Mode = Mode.OFF
    A1: Literal[Mode.HARD] = Mode.HARD
    A2: Literal[Mode.HARD] = Mode.HARD
    A3: Literal[Mode.HARD, Mode.OFF] = Mode.HARD
    A4: Literal[Mode.HARD, Mode.OFF] = Mode.HARD
    A5: Literal[Mode.HARD, Mode.OFF] = Mode.HARD
    A6: Literal[Mode.HARD, Mode.OFF] = Mode.HARD
    A7: Literal[Mode.HARD, Mode.OFF] = Mode.HARD
    A8: Mode = Mode.ELASTIC
    F1: Literal[Mode.HARD] = Mode.HARD
    F2: Literal[Mode.HARD] = Mode.HARD
    F3: Literal[Mode.HARD, Mode.OFF] = Mode.HARD
    F4: Literal[Mode.HARD, Mode.OFF] = Mode.HARD
    F5: Literal[Mode.HARD, Mode.OFF] = Mode.HARD
    F6: Mode = Mode.ELASTIC
    F7: Literal[Mode.HARD, Mode.OFF] = Mode.HARD
    F8: Literal[Mode.HARD, Mode.OFF] = Mode.HARD


RuleId = Literal[
    "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15", "R16"
]
NEVER_ELASTIC = ("R1", "R15")
"""R15 compares teachers under the rules in force; by how much it is broken has no meaning of its own."""


class ElasticPolicy(Section):
    """What it costs to break an elastic rule, in plain numbers, and which rules a repair never touches."""

    R2: Positive = Field(1000, description="R2: price of each teacher moved who is not eligible")
    R3: Positive = Field(200, description="R3: price of each move to a section without posts in the subject")
    R4: Positive = Field(20, description="R4: price of each teacher outside the range of a subject")
    R5: Positive = Field(10, description="R5: price of each teacher who leaves beyond the limit of a section")
    R6: Positive = Field(100, description="R6: price of each move too few or too many")
    R7: Positive = Field(100, description="R7: price of each backbone teacher missing among the moved")
    R8: Positive = Field(5, description="R8: price of each kilometre beyond the limit")
    R8_minutes: Positive = Field(2, description="R8: price of each minute beyond the limit")
    R9: Positive = Field(10, description="R9: price of each move missing to a school of lower quality")
    R10: Positive = Field(50, description="R10: price of each section left without a backbone teacher")
    R11: Positive = Field(1000, description="R11: price of each lock that is broken")
    R12: Positive = Field(10, description="R12: price of each kilometre between partners beyond the limit")
    R13: Positive = Field(200, description="R13: price of each move out of scope")
    R14: Positive = Field(500, description="R14: price of each principal missing")
    R16: Positive = Field(50, description="R16: price of each move below the present school unasked")
    unknown_km: Positive = Field(
        20, description="R8, R12: kilometres beyond the limit that an unknown distance counts as"
    )
    untouchable: tuple[RuleId, ...] = Field(
        ("R1", "R2", "R11"), description="Rules that a repair never breaks; R1 and R15 always are among them"
    )


LevelName = Literal["staffing", "balance", "burden"]


class ObjectivePolicy(Section):
    """Objective levels and the prices of burden."""

    levels: tuple[LevelName, ...] = Field(
        ("staffing", "balance", "burden"), description="Levels in their order"
    )
    slack: Share = Field(0.001, description="Relative slack on the levels before")
    wish_km: tuple[NonNegative, ...] = Field(
        (10, 6, 3), description="Kilometres less for the first, second, third wish granted"
    )
    unwished_km: NonNegative = Field(5, description="Kilometres more for an unwished move of a non-volunteer")

    @model_validator(mode="after")
    def _levels_once(self) -> ObjectivePolicy:
        if not self.levels or len(set(self.levels)) != len(self.levels):
            raise ValueError("levels: each level once, at least one")
        return self


class AlliancePolicy(Section):
    """The numbers of the alliance rules."""

    strong_share: Share = Field(0.4, description="A3: upper share of a stage's schools that counts as strong")
    max_km: NonNegative = Field(15, description="A4: distance between lead and member, km, at most")
    group_min_members: int = Field(2, ge=1, description="A2: members of a group besides its lead, at least")
    group_max_members: int = Field(5, ge=1, description="A2: members of a group besides its lead, at most")
    hub_capacity: int = Field(3, ge=1, description="A2: members of a hub besides its lead, at most")
    max_change_share: Share = Field(0.3, description="A8: schools that change partner at a renewal, at most")
    tag_weight: NonNegative = Field(0.5, description="Benefit of each shared tag")
    max_tags: int = Field(2, ge=0, description="Shared tags that count, at most")
    change_price: Positive = Field(1, description="A8: price of each school that changes beyond the share")
    slack: Share = Field(0, description="Relative slack on the levels before")


class FundingPolicy(Section):
    """The numbers of the funding rules, in yuan."""

    rate_primary: NonNegative = Field(720, description="F3: operating floor a primary pupil, yuan")
    rate_junior: NonNegative = Field(940, description="F3: operating floor a junior pupil, yuan")
    small_school_pupils: int = Field(100, ge=0, description="F3: a smaller village school counts as this size")
    boarder_yuan: NonNegative = Field(300, description="F3: more for each boarder, yuan")
    special_pupil_yuan: NonNegative = Field(6000, description="F3: rate of an inclusive pupil, yuan")
    training_share: Share = Field(0.05, description="F7: operating money marked for training, at least")
    village_factor: Positive = Field(1.1, description="Weight of a village school")
    weak_factor: Positive = Field(1.2, description="Weight of a weak school")
    cv_price: Positive = Field(1000, description="F6: price of one unit of CV beyond its limit")
    teaching_m2_yuan: Positive = Field(3000, description="What a m2 of teaching area costs, yuan")
    sports_m2_yuan: Positive = Field(300, description="What a m2 of sports area costs, yuan")
    room_yuan: Positive = Field(60000, description="What a networked multimedia room costs, yuan")
    move_yuan: NonNegative = Field(
        10000, description="What moving one teacher costs, yuan (allowances, travel)"
    )
    bundled_stock: NonNegative = Field(
        1, description="Bundled evaluation: weight of members' indicators newly met"
    )
    bundled_gap: NonNegative = Field(1, description="Bundled evaluation: weight of the gap closed inside")
    bundled_radiation: NonNegative = Field(1, description="Bundled evaluation: weight of the lead's radiation")
    bundled_lead_share: Share = Field(0.5, description="Bundled evaluation: the lead's share of its alliance")


class CurriculumPolicy(Section):
    """Weekly periods and teacher loads from which posts are derived."""

    periods: Mapping[Subject, PeriodsByGrade] = Field(
        default_factory=dict, description="Weekly periods a class, grades 1 to 9, by subject"
    )
    load_primary: Mapping[Subject, Positive] = Field(
        default_factory=dict, description="Weekly periods of a full-time teacher, primary, by subject"
    )
    load_junior: Mapping[Subject, Positive] = Field(
        default_factory=dict, description="Weekly periods of a full-time teacher, junior, by subject"
    )
    head_teacher_load: Share = Field(0.5, description="Share of a full load that being head teacher counts for")
    head_teacher_subjects: tuple[Subject, ...] = Field(
        (Subject.CHINESE, Subject.MATH),
        description="Subjects whose teachers share the head-teacher work equally",
    )


class Policy(Section):
    """A complete profile. `sources` maps each dotted path to where its value comes from."""

    id: str
    name_zh: str = ""
    name_en: str = ""
    note: str = ""
    as_of: Month | None = Field(None, description="Reference date; default: August of the district's year")
    indicators: IndicatorPolicy = IndicatorPolicy()
    eligibility: EligibilityPolicy = EligibilityPolicy()
    rotation: RotationPolicy = RotationPolicy()
    rules: RulesPolicy = RulesPolicy()
    elastic: ElasticPolicy = ElasticPolicy()
    objective: ObjectivePolicy = ObjectivePolicy()
    alliance: AlliancePolicy = AlliancePolicy()
    funding: FundingPolicy = FundingPolicy()
    curriculum: CurriculumPolicy = CurriculumPolicy()
    sources: Mapping[str, str] = Field(default_factory=dict)

    def active(self, rule: str) -> bool:
        """Whether a rotation rule binds."""
        switched = bool(getattr(self.rules, rule) == Mode.HARD)
        return switched or MECHANISM_RULES.get(self.rotation.mechanism) == rule

    def gives_way(self, rule: str) -> bool:
        """Whether a rotation rule may be broken at a price; never if a mechanism puts it in force."""
        return bool(getattr(self.rules, rule) == Mode.ELASTIC) and not self.active(rule)

    @property
    def hard_rules(self) -> tuple[str, ...]:
        """Rules that bind, in order; R1 is always one."""
        return tuple(rule for rule in RULES if self.active(rule))

    @property
    def elastic_rules(self) -> tuple[str, ...]:
        """Rules that may be broken at a price, in order."""
        return tuple(rule for rule in RULES if self.gives_way(rule))

    def with_rules(self, hard: Iterable[str] = (), elastic: Iterable[str] = ()) -> Policy:
        """Return the profile with these rules only (and R1); all others are off, whatever the mechanism."""
        modes = dict.fromkeys(RULES[1:], Mode.OFF)
        modes |= dict.fromkeys(elastic, Mode.ELASTIC) | dict.fromkeys(hard, Mode.HARD)
        modes.pop("R1", None)
        rotation = self.rotation.model_copy(update={"mechanism": "levels"})
        rules = self.rules.model_copy(update=modes)
        return self.model_copy(update={"rules": rules, "rotation": rotation})

    def relaxed(self) -> Policy:
        """Return the profile in which every rule that a repair may touch is elastic."""
        kept = {*NEVER_ELASTIC, *self.elastic.untouchable} & set(self.hard_rules)
        return self.with_rules(kept, {*self.hard_rules, *self.elastic_rules} - kept)

    def thresholds(self, stage: Stage) -> dict[str, float]:
        """Thresholds of I1-I7 for a stage."""
        row = getattr(self.indicators, f"thresholds_{stage.value}")
        return {f"I{k}": value for k, value in enumerate(row, start=1)}

    def cv_limit(self, stage: Stage) -> float:
        """Largest CV allowed for a stage."""
        return float(getattr(self.indicators, f"cv_limit_{stage.value}"))

    def age_below(self, gender: Gender) -> float | None:
        """Age limit for a gender in years, if there is one."""
        if gender is Gender.M:
            return self.eligibility.age_below_men
        return self.eligibility.age_below_women

    @property
    def sha256(self) -> str:
        """Digest of all values (not of their sources)."""
        return hashlib.sha256(self.model_dump_json(exclude={"sources", "note"}).encode()).hexdigest()


SECTIONS: dict[str, type[Section]] = {
    "indicators": IndicatorPolicy,
    "eligibility": EligibilityPolicy,
    "rotation": RotationPolicy,
    "rules": RulesPolicy,
    "elastic": ElasticPolicy,
    "objective": ObjectivePolicy,
    "alliance": AlliancePolicy,
    "funding": FundingPolicy,
    "curriculum": CurriculumPolicy,
}


def paths() -> tuple[str, ...]:
    """All dotted paths a profile may set."""
    nested = (f"{name}.{field}" for name, section in SECTIONS.items() for field in section.model_fields)
    return ("as_of", *nested)


@cache
def exact(value: float) -> Fraction:
    """Turn a decimal number of a profile into the fraction that was written: 0.1 is 1/10.

    Quotas are rounded up or down; binary floats would round 0.07 x 100 up to 8.
    """
    return Fraction(repr(float(value)))


def describe(path: str) -> tuple[str, Any]:
    """Return description and default of a dotted path."""
    section, _, name = path.partition(".")
    info = SECTIONS[section].model_fields[name] if name else Policy.model_fields[section]
    return info.description or "", info.get_default(call_default_factory=True)
