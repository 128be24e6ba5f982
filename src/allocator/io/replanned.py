"""What replanning adds to `result.json`: the approved plan, the locks given, who changes and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from allocator.domain.alliance_records import Membership
from allocator.domain.change import Change, Replan
from allocator.domain.moverow import MoveRow
from allocator.domain.plan import Move
from allocator.domain.records import Lock
from allocator.text import Lang

_DECISION = ("teacher_id", "stage", "subject", "from_school_id", "to_school_id")


def changes_document(replan: Replan, lang: Lang) -> dict[str, Any]:
    """Return the part `changes`: counts, one row a change, and the approved plan itself."""
    return {
        "count": replan.count,
        "gone": replan.gone,
        "rows": [_row(change, lang) for change in replan.changes],
        "approved": replan.approved.records(),
    }


def lock_records(locks: Sequence[Lock]) -> list[dict[str, Any]]:
    """Return locks as plain values under the names of the format."""
    return [lock.model_dump(mode="json") for lock in locks]


def recorded_locks(document: Mapping[str, Any]) -> tuple[Lock, ...]:
    """Read the locks of a `result.json` again.

    Raises
    ------
    ValidationError
        If they are not what was written.
    """
    return tuple(Lock.model_validate_json(json.dumps(row)) for row in document.get("locks") or ())


def recorded_memberships(document: Mapping[str, Any]) -> tuple[Membership, ...]:
    """Read the alliances that a `result.json` was planned within; none if they are those of the table.

    Raises
    ------
    ValidationError
        If they are not what was written.
    """
    rows = document.get("memberships") or ()
    return tuple(Membership.model_validate_json(json.dumps(row)) for row in rows)


def recorded_approved(document: Mapping[str, Any]) -> tuple[Move, ...] | None:
    """Read the approved plan of a `result.json` again; None if there was none.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is not what was written.
    """
    changes = document.get("changes")
    return None if changes is None else tuple(_move(row) for row in changes["approved"])


def _move(row: Mapping[str, Any]) -> Move:
    """Decisions alone; distances and reasons of the approved plan matter to nobody now."""
    values = MoveRow.model_validate_json(json.dumps({name: row[name] for name in _DECISION}))
    return Move(**dict(values.model_dump(include=set(_DECISION))))


def _row(change: Change, lang: Lang) -> dict[str, Any]:
    return {
        "teacher_id": change.teacher_id,
        "kind": change.kind,
        "before": _goal(change.before),
        "after": _goal(change.after),
        "cause": change.cause,
        "text": change.text(lang),
    }


def _goal(move: Move | None) -> dict[str, Any] | None:
    return None if move is None else {"to_school_id": move.to_school_id, "subject": move.subject}
