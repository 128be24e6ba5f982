"""A district: the tables of the format, validated, immutable."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from allocator.domain.alliance_records import Link, Membership, Town
from allocator.domain.choices import Stage
from allocator.domain.fields import Month, Record
from allocator.domain.money_records import Grant, Project, Received
from allocator.domain.records import DistrictInfo, Lock, Post, School, Teacher, Travel, Wish

FORMAT_VERSION = 1

TABLES: dict[str, type[Record]] = {
    record.TABLE.name: record
    for record in (
        School,
        Teacher,
        Post,
        Wish,
        Travel,
        Lock,
        Membership,
        Link,
        Town,
        Grant,
        Received,
        Project,
    )
}
"""All tables of the format in its order, without the one-row table `district`."""


class District(BaseModel):
    """Everything known of a district.

    A missing table is an empty tuple. `posts` empty means: derive them from classes and the curriculum.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    info: DistrictInfo = DistrictInfo()
    schools: tuple[School, ...]
    teachers: tuple[Teacher, ...] = ()
    posts: tuple[Post, ...] = ()
    wishes: tuple[Wish, ...] = ()
    travel: tuple[Travel, ...] = ()
    locks: tuple[Lock, ...] = ()
    memberships: tuple[Membership, ...] = ()
    links: tuple[Link, ...] = ()
    towns: tuple[Town, ...] = ()
    grants: tuple[Grant, ...] = ()
    received: tuple[Received, ...] = ()
    projects: tuple[Project, ...] = ()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy with some tables replaced; look-ups are made anew."""
        copy = super().model_copy(update=update, deep=deep)
        for name in ("school_by_id", "teacher_by_id", "sha256"):
            copy.__dict__.pop(name, None)
        return copy

    @cached_property
    def school_by_id(self) -> dict[str, School]:
        """Schools by their code."""
        return {s.school_id: s for s in self.schools}

    @cached_property
    def teacher_by_id(self) -> dict[str, Teacher]:
        """Teachers by their code."""
        return {t.teacher_id: t for t in self.teachers}

    @property
    def sections(self) -> tuple[tuple[str, Stage], ...]:
        """All sections as (school code, stage), in the order of the schools."""
        return tuple((s.school_id, stage) for s in self.schools for stage in s.stages)

    @property
    def as_of(self) -> Month | None:
        """Default reference date: August of the district's year."""
        return None if self.info.year is None else Month.of(self.info.year, 8)

    @cached_property
    def sha256(self) -> str:
        """Digest of the content, whatever file form it came in."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()
