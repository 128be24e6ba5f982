"""Replanning: the approved plan that it starts from, and the decisions that it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from allocator.domain.plan import Move, Moves
from allocator.text import DEFAULT_LANG, Lang, say

ChangeKind = Literal["gone", "stays", "moves", "other_school", "other_subject"]


@dataclass(frozen=True, slots=True)
class Change:
    """One teacher whose decision differs from the approved plan, and the fact behind it.

    Attributes
    ----------
    before, after
        Approved move and present move; None for staying (or, after, for a teacher who is gone).
    kind
        `gone` is a teacher of the approved plan who is not in the table any more; it is told apart and does not
        count as a change, for no plan could keep it.
    cause, params
        Entry `cause_<cause>` of the catalogue `replan`, with its values.
    """

    teacher_id: str
    before: Move | None
    after: Move | None
    kind: ChangeKind
    cause: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def counted(self) -> bool:
        """Whether the level `changes` counts it."""
        return self.kind != "gone"

    def text(self, lang: Lang = DEFAULT_LANG) -> str:
        """Sentence that names the cause."""
        return say(f"replan.cause_{self.cause}", lang, **self.params)


@dataclass(frozen=True, slots=True)
class Replan:
    """What a plan was replanned from, and every decision that changed, those who are gone first."""

    approved: Moves
    changes: tuple[Change, ...] = ()

    @property
    def count(self) -> int:
        """Decisions changed, as the level `changes` counts them."""
        return sum(change.counted for change in self.changes)

    @property
    def gone(self) -> int:
        """Teachers of the approved plan who are not in the table any more."""
        return len(self.changes) - self.count
