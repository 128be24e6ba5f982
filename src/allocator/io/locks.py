"""Locks given beside the table: written as text, joined to the table, judged by the same checks.

The form is `TEACHER=stay`, `TEACHER=move`, `TEACHER=SCHOOL` (moves there) or `TEACHER!=SCHOOL` (does not move
there); 留任 and 必须交流 are read too. A school whose code is one of these words is locked in the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from allocator.domain.choices import LockAction
from allocator.domain.district import District
from allocator.domain.records import Lock
from allocator.errors import Fault, InputError
from allocator.io.reading import Reading
from allocator.io.validation import every_fault

OPTION = "--lock"
_WORDS = {
    "stay": LockAction.STAY,
    LockAction.STAY.zh: LockAction.STAY,
    "move": LockAction.MOVE,
    LockAction.MOVE.zh: LockAction.MOVE,
}
_REPHRASED = {"duplicate_key": "replan.lock_repeated", "lock_contradiction": "replan.lock_contradicts"}


def add_locks(district: District, locks: Sequence[Lock | str]) -> Reading:
    """Join locks to the table of locks and check all of them together.

    Parameters
    ----------
    district
        A validated district.
    locks
        Records, or texts as on the command line.

    Returns
    -------
    reading
        The district with the locks, and the warnings about those that were added.

    Raises
    ------
    InputError
        With every fault of the added locks: form, unknown teacher or school, repetition, contradiction with the
        table or with each other.
    """
    read = [lock if isinstance(lock, Lock) else parse_lock(lock) for lock in locks]
    faults = [item for item in read if isinstance(item, Fault)]
    added = tuple(item for item in read if isinstance(item, Lock))
    rows = (*district.locks, *added)
    joined = district.model_copy(update={"locks": rows})
    about_locks = [fault for fault in every_fault(joined) if fault.table == Lock.TABLE.name]
    found = _about_added(about_locks, rows, len(district.locks))
    if faults or any(fault.severity == "error" for fault in found):
        raise InputError((*faults, *found))
    return Reading(joined, tuple(found))


def parse_lock(text: str) -> Lock | Fault:
    """Read a lock as it is written on the command line."""
    plain = text.replace("＝", "=").replace("！", "!")
    teacher, _, what = (part.strip() for part in plain.partition("="))
    forbids = teacher.endswith("!")
    word = None if forbids else _WORDS.get(what.lower())
    action = word or (LockAction.NOT_TO if forbids else LockAction.TO)
    try:
        return Lock(
            teacher_id=teacher.removesuffix("!").strip(), action=action, school_id=None if word else what
        )
    except ValidationError:
        # An empty or overlong code.
        return Fault("replan.lock_form", sheet=OPTION, value=text)


def written(lock: Lock) -> str:
    """Write a lock as on the command line."""
    if lock.action in (LockAction.STAY, LockAction.MOVE):
        return f"{lock.teacher_id}={lock.action.value}"
    sign = "!=" if lock.action is LockAction.NOT_TO else "="
    return f"{lock.teacher_id}{sign}{lock.school_id or ''}"


def _about_added(faults: Sequence[Fault], rows: Sequence[Lock], before: int) -> list[Fault]:
    """Keep the faults of the added rows, and name each row by what was written."""
    kept = []
    for fault in faults:
        if fault.row is None or fault.row <= before:
            continue
        first = fault.params.get("first")
        params = dict(fault.params)
        if isinstance(first, int):
            params["other"] = written(rows[first - 1])
        sheet = f"{OPTION} {written(rows[fault.row - 1])}"
        key = _REPHRASED.get(fault.key, fault.key)
        kept.append(replace(fault, key=key, sheet=sheet, row=None, column="", params=params))
    return kept
