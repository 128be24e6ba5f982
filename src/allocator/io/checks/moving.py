"""Posts, wishes, travel, locks and links."""

from __future__ import annotations

from collections.abc import Iterator

from allocator.domain.alliance_records import Link
from allocator.domain.choices import LockAction
from allocator.domain.records import Lock, Post, Travel, Wish
from allocator.io.checks.inspection import Inspection, labels

_NAMES_SCHOOL = frozenset((LockAction.TO, LockAction.NOT_TO))
_FORCES = frozenset((LockAction.MOVE, LockAction.TO))


def posts_in_sections(inspection: Inspection) -> None:
    """Report posts in a section that the school does not have."""
    for row, post in inspection.rows(Post):
        if post.posts and inspection.lacks(post.school_id, post.stage):
            inspection.add(
                Post,
                "stage_absent",
                row,
                "stage",
                post.stage,
                depends=("school_id",),
                params={"school": post.school_id, **labels(post.stage)},
            )


def wishes_sensible(inspection: Inspection) -> None:
    """Report one school wished for twice; warn of wishes for the present school or another stage."""
    first: dict[tuple[str, str], int] = {}
    for row, wish in inspection.rows(Wish):
        found = first.setdefault((wish.teacher_id, wish.school_id), row)
        if found != row:
            params: dict[str, object] = {"first": found}
            depends = ("teacher_id",)
            inspection.add(Wish, "wish_twice", row, "school_id", wish.school_id, depends=depends, params=params)
        teacher = inspection.teachers.get(wish.teacher_id)
        if teacher is None:
            continue
        if wish.school_id is not None and wish.school_id == teacher.school_id:
            params = {"teacher": wish.teacher_id}
            inspection.warn(Wish, "wish_present_school", row, "school_id", wish.school_id, params=params)
        elif inspection.lacks(wish.school_id, teacher.stage):
            params = {"teacher": wish.teacher_id, **labels(teacher.stage)}
            inspection.warn(Wish, "wish_without_stage", row, "school_id", wish.school_id, params=params)


def travel_sensible(inspection: Inspection) -> None:
    """Report travel from a school to itself; warn of rows with neither minutes nor kilometres."""
    for row, travel in inspection.rows(Travel):
        if travel.from_school_id is not None and travel.from_school_id == travel.to_school_id:
            inspection.add(Travel, "travel_to_itself", row, "to_school_id", travel.to_school_id)
        elif travel.minutes is None and travel.km is None:
            inspection.warn(Travel, "travel_empty", row, "km", depends=("minutes",))


def locks_sensible(inspection: Inspection) -> None:
    """Report locks that cannot be kept or understood by themselves."""
    for row, lock in inspection.rows(Lock):
        teacher = inspection.teachers.get(lock.teacher_id)
        if lock.action in _FORCES and teacher is not None and teacher.exempt:
            inspection.warn(
                Lock,
                "lock_on_exempt",
                row,
                "action",
                lock.action,
                depends=("teacher_id",),
                params={"teacher": lock.teacher_id},
            )
        if lock.action in _NAMES_SCHOOL:
            _school_of_lock(inspection, row, lock)
        elif lock.school_id is not None:
            inspection.warn(Lock, "lock_school_ignored", row, "school_id", lock.school_id, depends=("action",))


def _school_of_lock(inspection: Inspection, row: int, lock: Lock) -> None:
    if lock.school_id is None:
        inspection.add(Lock, "lock_without_school", row, "school_id", depends=("action",))
        return
    teacher = inspection.teachers.get(lock.teacher_id)
    if teacher is None or lock.action is not LockAction.TO:
        return
    params = {"teacher": lock.teacher_id}
    if teacher.school_id == lock.school_id:
        inspection.add(Lock, "lock_present_school", row, "school_id", lock.school_id, params=params)
    elif inspection.lacks(lock.school_id, teacher.stage):
        params |= labels(teacher.stage)
        inspection.add(Lock, "lock_without_stage", row, "school_id", lock.school_id, params=params)


def locks_agree(inspection: Inspection) -> None:
    """Report locks of one teacher that contradict a lock before."""
    of_teacher: dict[str, list[tuple[int, Lock]]] = {}
    for row, lock in inspection.rows(Lock):
        if inspection.view(Lock).reported(row, ("teacher_id", "action", "school_id")):
            continue
        for other_row, other in of_teacher.get(lock.teacher_id, ()):
            if any(_contradict(a, b) for a, b in _both_ways(lock, other)):
                _contradiction(inspection, (row, lock), (other_row, other))
                break
        of_teacher.setdefault(lock.teacher_id, []).append((row, lock))


def _contradiction(inspection: Inspection, here: tuple[int, Lock], before: tuple[int, Lock]) -> None:
    (row, lock), (first, other) = here, before
    params = {
        "teacher": lock.teacher_id,
        "first": first,
        "other_zh": other.action.zh,
        "other_en": other.action.value,
    }
    inspection.add(Lock, "lock_contradiction", row, "action", lock.action, params=params)


def _both_ways(a: Lock, b: Lock) -> Iterator[tuple[Lock, Lock]]:
    yield a, b
    yield b, a


def _contradict(a: Lock, b: Lock) -> bool:
    if a.action is LockAction.STAY and b.action in _FORCES:
        return True
    if a.action is not LockAction.TO or a.school_id is None or b.school_id is None:
        return False
    same = a.school_id == b.school_id
    return (b.action is LockAction.TO and not same) or (b.action is LockAction.NOT_TO and same)


def links_sensible(inspection: Inspection) -> None:
    """Report links of a school with itself."""
    for row, link in inspection.rows(Link):
        if link.school_a is not None and link.school_a == link.school_b:
            inspection.add(Link, "link_to_itself", row, "school_b", link.school_b)
