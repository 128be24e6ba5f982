"""What checks work with: the tables, quick look-ups, and the list of faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from allocator.domain.alliance_records import Link, Membership
from allocator.domain.choices import Stage
from allocator.domain.fields import Choice, Record
from allocator.domain.money_records import Grant
from allocator.domain.records import STAGES, DistrictInfo, Lock, Post, School, Teacher, Travel, Wish
from allocator.errors import Fault, Severity
from allocator.io.view import TableView

R = TypeVar("R", bound=Record)


@dataclass
class Inspection:
    """A district under inspection."""

    views: Mapping[str, TableView]
    faults: list[Fault] = field(default_factory=list)

    def view(self, record: type[Record]) -> TableView:
        """Table of a record class."""
        return self.views[record.TABLE.name]

    def rows(self, record: type[R]) -> Iterator[tuple[int, R]]:
        """Row number and record of each row of a table."""
        view = self.view(record)
        return zip(view.rows, view.records, strict=True)

    def add(
        self,
        record: type[Record],
        key: str,
        row: int,
        column: str,
        value: object = "",
        *,
        depends: Iterable[str] = (),
        severity: Severity = "error",
        params: Mapping[str, object] | None = None,
    ) -> None:
        """Report a fault, unless its cell or one it depends on is reported already."""
        view = self.view(record)
        if not view.reported(row, (column, *depends)):
            shown = view.label(value) if isinstance(value, Choice) else str(value)
            self.faults.append(view.fault(key, row, column, shown, severity, params))

    def warn(
        self,
        record: type[Record],
        key: str,
        row: int,
        column: str,
        value: object = "",
        *,
        depends: Iterable[str] = (),
        params: Mapping[str, object] | None = None,
    ) -> None:
        """Report a warning likewise."""
        self.add(record, key, row, column, value, depends=depends, severity="warning", params=params)

    @cached_property
    def year(self) -> int | None:
        """Year of the district, if it is known."""
        return next((info.year for _, info in self.rows(DistrictInfo)), None)

    @cached_property
    def stages(self) -> dict[str, tuple[Stage, ...]]:
        """Stages of each school whose kind is known, by school code; those of duplicates together."""
        found: dict[str, tuple[Stage, ...]] = {}
        unknown = {s.school_id for _, s in self.rows(School) if s.kind not in STAGES}
        for _, school in self.rows(School):
            if school.school_id not in unknown:
                found[school.school_id] = found.get(school.school_id, ()) + STAGES[school.kind]
        return found

    @cached_property
    def money_only(self) -> bool:
        """Whether the tables ask for splits of grants alone: nothing is said of teachers and alliances."""
        others = (Teacher, Post, Wish, Travel, Lock, Membership, Link)
        return bool(self.view(Grant).records) and not any(self.view(record).records for record in others)

    @cached_property
    def teachers(self) -> dict[str, Teacher]:
        """Teachers by code; the first of duplicates."""
        return {t.teacher_id: t for _, t in reversed(list(self.rows(Teacher)))}

    @cached_property
    def teacher_rows(self) -> dict[str, int]:
        """Row of each teacher by code; the first of duplicates."""
        return {t.teacher_id: row for row, t in reversed(list(self.rows(Teacher)))}

    def lacks(self, school_id: str | None, stage: Stage | None) -> bool:
        """Whether a school is known to have no section of a stage."""
        stages = self.stages.get(school_id or "")
        return stages is not None and stage is not None and stage not in stages


def labels(choice: Stage) -> dict[str, str]:
    """Name of a stage in both languages, as parameters of a sentence."""
    return {"stage_zh": choice.zh, "stage_en": choice.value}
