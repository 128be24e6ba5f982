"""What every form of report shows of a decision: the facts, gathered once, in words of one language."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from allocator.domain.choices import Backbone, Stage, Subject
from allocator.domain.measures import CountyMeasure, SectionMeasure, StaffingRow
from allocator.domain.plan import Decision, Move
from allocator.reporting.wording import STAGE_ORDER, masked, reason_words
from allocator.text import Lang

if TYPE_CHECKING:
    from allocator.reporting.why import Explained

COUNTY_BACKBONE = frozenset({Backbone.COUNTY, Backbone.CITY, Backbone.PROVINCE})
SectionKey = tuple[str, Stage]


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One move as a reader meets it: names beside codes, reasons in words."""

    move: Move
    teacher: str
    from_school: str
    to_school: str
    reasons: str
    wish: int | None


@dataclass(frozen=True, slots=True)
class SectionChange:
    """Teachers, backbone teachers (county level or higher) and unfilled posts of a section."""

    school_id: str
    school: str
    stage: Stage
    pupils: int | None
    teachers_before: int
    departures: int
    arrivals: int
    backbone_before: int
    backbone_departures: int
    backbone_arrivals: int
    unfilled_before: int
    unfilled_after: int

    @property
    def teachers_after(self) -> int:
        """Teachers after the plan."""
        return self.teachers_before - self.departures + self.arrivals

    @property
    def backbone_after(self) -> int:
        """Backbone teachers after the plan."""
        return self.backbone_before - self.backbone_departures + self.backbone_arrivals


@dataclass(frozen=True, slots=True)
class SubjectStaffing:
    """Posts and head counts of a subject in a stage of the whole county."""

    stage: Stage
    subject: Subject
    posts: int
    before: int
    after: int
    unfilled_before: int
    unfilled_after: int


@dataclass(frozen=True, slots=True)
class SpreadLine:
    """Spread of one indicator over a stage, before and after the plan."""

    before: CountyMeasure
    after: CountyMeasure


@dataclass(frozen=True, slots=True)
class WishLine:
    """What became of one teacher's wishes; `to_school` None if the teacher stays."""

    teacher_id: str
    teacher: str
    from_school: str
    wishes: tuple[str, ...]
    to_school: str | None
    granted: int | None


@dataclass(frozen=True)
class Facts:
    """The facts of a decision for one reader.

    Attributes
    ----------
    decision
        What was decided.
    lang
        Language of the words.
    show_names
        Whether teachers' names are shown in full; otherwise masked.
    """

    decision: Decision
    lang: Lang
    show_names: bool = False

    def school_name(self, school_id: str) -> str:
        """Name of a school, its code where it has none."""
        school = self.decision.district.school_by_id.get(school_id)
        return (school.name if school else "") or school_id

    def teacher_name(self, teacher_id: str) -> str:
        """Name of a teacher, masked unless names are shown; empty where it is unknown."""
        teacher = self.decision.district.teacher_by_id.get(teacher_id)
        name = teacher.name if teacher else None
        return (name or "") if self.show_names else masked(name)

    @cached_property
    def wishes_of(self) -> dict[str, dict[int, str]]:
        """Wishes: teacher code -> rank -> school code."""
        wishes: dict[str, dict[int, str]] = defaultdict(dict)
        for wish in sorted(self.decision.district.wishes, key=lambda w: w.rank):
            wishes[wish.teacher_id][wish.rank] = wish.school_id
        return dict(wishes)

    def _granted(self, move: Move) -> int | None:
        wishes = self.wishes_of.get(move.teacher_id, {})
        return next((rank for rank, school in wishes.items() if school == move.to_school_id), None)

    @cached_property
    def moves(self) -> tuple[MoveLine, ...]:
        """Moves by school, stage, subject and teacher."""
        subjects = {subject: k for k, subject in enumerate(Subject)}
        ordered = sorted(
            self.decision.moves,
            key=lambda m: (m.from_school_id, STAGE_ORDER[m.stage], subjects[m.subject], m.teacher_id),
        )
        return tuple(self._line(move) for move in ordered)

    def _line(self, move: Move) -> MoveLine:
        return MoveLine(
            move,
            self.teacher_name(move.teacher_id),
            self.school_name(move.from_school_id),
            self.school_name(move.to_school_id),
            reason_words(move.reason, self.lang),
            self._granted(move),
        )

    @cached_property
    def sections(self) -> tuple[SectionChange, ...]:
        """Changes of every section, in the order of the district."""
        district, moves = self.decision.district, tuple(self.decision.moves)
        key_teachers = [t for t in district.teachers if t.backbone in COUNTY_BACKBONE]
        key_ids = {t.teacher_id for t in key_teachers}
        backbone = [m for m in moves if m.teacher_id in key_ids]
        teachers = Counter((t.school_id, t.stage) for t in district.teachers)
        backbone_now = Counter((t.school_id, t.stage) for t in key_teachers)
        leaving, arriving = _leaving(moves), _arriving(moves)
        backbone_leaving, backbone_arriving = _leaving(backbone), _arriving(backbone)
        unfilled_before, unfilled_after = self._unfilled_by_section
        return tuple(
            SectionChange(
                school_id=key[0],
                school=self.school_name(key[0]),
                stage=key[1],
                pupils=district.school_by_id[key[0]].pupils(key[1]),
                teachers_before=teachers[key],
                departures=leaving[key],
                arrivals=arriving[key],
                backbone_before=backbone_now[key],
                backbone_departures=backbone_leaving[key],
                backbone_arrivals=backbone_arriving[key],
                unfilled_before=unfilled_before[key],
                unfilled_after=unfilled_after[key],
            )
            for key in district.sections
        )

    @cached_property
    def _unfilled_by_section(self) -> tuple[Counter[SectionKey], Counter[SectionKey]]:
        before: Counter[SectionKey] = Counter()
        after: Counter[SectionKey] = Counter()
        for row in self.decision.staffing:
            before[row.school_id, row.stage] += row.unfilled_before
            after[row.school_id, row.stage] += row.unfilled_after
        return before, after

    @cached_property
    def subjects(self) -> tuple[SubjectStaffing, ...]:
        """Staffing by stage and subject, over all schools."""
        groups: dict[tuple[Stage, Subject], list[StaffingRow]] = defaultdict(list)
        for row in self.decision.staffing:
            groups[row.stage, row.subject].append(row)
        keys = [(stage, subject) for stage in Stage for subject in Subject if (stage, subject) in groups]
        return tuple(_total(stage, subject, groups[stage, subject]) for stage, subject in keys)

    @cached_property
    def unfilled(self) -> tuple[StaffingRow, ...]:
        """Rows with an unfilled post before or after, the shortest-staffed first."""
        rows = [r for r in self.decision.staffing if r.unfilled_before or r.unfilled_after]
        return tuple(sorted(rows, key=lambda r: (-r.unfilled_after, -r.unfilled_before, r.school_id)))

    @cached_property
    def spread(self) -> tuple[SpreadLine, ...]:
        """Spread of every indicator by stage, before and after."""
        after = {(c.stage, c.indicator): c for c in self.decision.after.counties}
        return tuple(SpreadLine(c, after[c.stage, c.indicator]) for c in self.decision.before.counties)

    @cached_property
    def measured(self) -> tuple[tuple[SectionMeasure, SectionMeasure], ...]:
        """Indicators of every section before and after."""
        return tuple(zip(self.decision.before.sections, self.decision.after.sections, strict=True))

    @cached_property
    def wishes(self) -> tuple[WishLine, ...]:
        """What became of the wishes, granted ones first, then moved elsewhere, then staying."""
        lines = [self._wish_line(teacher_id) for teacher_id in self.wishes_of]
        order = sorted(
            lines, key=lambda w: (w.to_school is None, w.granted is None, w.granted or 0, w.teacher_id)
        )
        return tuple(order)

    def _wish_line(self, teacher_id: str) -> WishLine:
        line = self._line_of.get(teacher_id)
        teacher = self.decision.district.teacher_by_id.get(teacher_id)
        return WishLine(
            teacher_id,
            self.teacher_name(teacher_id),
            self.school_name(teacher.school_id) if teacher else "",
            tuple(self.school_name(s) for s in self.wishes_of[teacher_id].values()),
            line.to_school if line else None,
            line.wish if line else None,
        )

    @cached_property
    def explained(self) -> tuple[Explained, ...]:
        """Why each teacher moves, in the order of the moves."""
        from allocator.reporting.why import explanations  # noqa: PLC0415  it builds on these facts

        return explanations(self)

    @cached_property
    def _line_of(self) -> dict[str, MoveLine]:
        return {line.move.teacher_id: line for line in self.moves}


def _leaving(moves: Iterable[Move]) -> Counter[SectionKey]:
    return Counter((m.from_school_id, m.stage) for m in moves)


def _arriving(moves: Iterable[Move]) -> Counter[SectionKey]:
    return Counter((m.to_school_id, m.stage) for m in moves)


def _total(stage: Stage, subject: Subject, rows: list[StaffingRow]) -> SubjectStaffing:
    return SubjectStaffing(
        stage,
        subject,
        posts=sum(r.posts for r in rows),
        before=sum(r.before for r in rows),
        after=sum(r.after for r in rows),
        unfilled_before=sum(r.unfilled_before for r in rows),
        unfilled_after=sum(r.unfilled_after for r in rows),
    )
