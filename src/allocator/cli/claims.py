"""What a result.json claims about its plan, to be compared with what the check finds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from allocator.domain.alliance_records import Membership
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Judgement, Move
from allocator.domain.policy import Policy
from allocator.domain.records import Lock
from allocator.errors import UsageError
from allocator.text import Lang, say


class _ClaimedPolicy(BaseModel):
    sha256: str | None = None
    values: dict[str, Any] | None = None


class _ClaimedLevel(BaseModel):
    name: str
    final: float | None = None


class Run(BaseModel):
    """What is read of the `run` part of a result; anything else in it makes no claim."""

    kind: str = "rotation"
    policy: _ClaimedPolicy = Field(default_factory=_ClaimedPolicy)
    input_sha256: str | None = None
    as_of: str | None = None
    levels: tuple[_ClaimedLevel, ...] = ()


@dataclass(frozen=True)
class Claims:
    """What a result says of itself: its `run` part, None where the plan comes without one.

    `locks` are those given beside the table, `memberships` the alliances formed in place of those of the table;
    `approved` is the plan it was replanned from, None where there was none.
    """

    run: Run | None = None
    locks: tuple[Lock, ...] = ()
    memberships: tuple[Membership, ...] = ()
    approved: tuple[Move, ...] | None = None

    @classmethod
    def of(cls, plan: Path) -> Claims:
        """Read the claims that lie beside or in a plan.

        Raises
        ------
        UsageError
            If they have another form than ours.
        """
        file = plan / "result.json" if plan.is_dir() else plan
        if file.suffix != ".json" or not file.is_file():
            return cls()
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
            run = document.get("run")
        except (ValueError, AttributeError, OSError, RecursionError):
            # The reader of the plan reports a broken file.
            return cls()
        if not run:
            return cls()
        try:
            claimed = Run.model_validate(run)
        except ValidationError as fault:
            where = ".".join(str(part) for part in ("run", *fault.errors()[0]["loc"]))
            raise UsageError("claims_form", path=file.name, where=where) from fault
        if claimed.kind != "rotation":
            return cls(claimed)
        return cls(claimed, *_replanned(document, file))

    @property
    def policy(self) -> Policy | None:
        """The profile that was used, with all its values; None where it is not recorded."""
        if self.run is None or self.run.policy.values is None:
            return None
        try:
            return Policy.model_validate(self.run.policy.values)
        except ValidationError as fault:
            raise UsageError("broken_claims", count=fault.error_count()) from fault

    @property
    def as_of(self) -> Month | None:
        """Reference date that was used."""
        if self.run is None or self.run.as_of is None:
            return None
        try:
            return Month.parse(self.run.as_of)
        except ValueError as fault:
            raise UsageError("bad_month", value=self.run.as_of) from fault

    def within(self, district: District) -> District:
        """Put the alliances that the plan was made within in place of those of the table.

        Raises
        ------
        UsageError
            If one of their schools is not in the district.
        """
        for row in self.memberships:
            if row.school_id not in district.school_by_id:
                raise UsageError("alliance.unknown_school", value=row.school_id)
        return district.model_copy(update={"memberships": self.memberships}) if self.memberships else district

    def problems(self, district: District, policy: Policy, report: Judgement, lang: Lang) -> list[str]:
        """Sentences about claims that do not hold."""
        if self.run is None:
            return []
        found = []
        if self.run.policy.sha256 != policy.sha256:
            found.append(say("cli.other_policy", lang))
        if self.run.input_sha256 != district.sha256:
            found.append(say("cli.other_data", lang))
        for level in self.run.levels:
            value = report.levels.get(level.name)
            if value is None or level.final is None:
                continue
            if abs(value - level.final) > 1e-6 * max(1.0, abs(value)):
                params = {"level": say(f"levels.{level.name}", lang), "claimed": level.final, "found": value}
                found.append(say("cli.level_differs", lang, **params))
        return found


def _replanned(
    document: Any, file: Path
) -> tuple[tuple[Lock, ...], tuple[Membership, ...], tuple[Move, ...] | None]:
    """Locks, alliances and approved plan of a result."""
    from allocator.io import replanned  # noqa: PLC0415  help stays fast

    try:
        return (
            replanned.recorded_locks(document),
            replanned.recorded_memberships(document),
            replanned.recorded_approved(document),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise UsageError("replan.broken_record", path=file.name) from fault
