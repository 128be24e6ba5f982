"""Posts and head counts of every subject in every section, before and after a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from allocator.domain.choices import Stage, Subject
from allocator.domain.district import District
from allocator.domain.measures import StaffingRow
from allocator.domain.plan import Move
from allocator.domain.policy import Policy
from allocator.indicators.posts import derive_posts

Key = tuple[str, Stage, Subject]


def staffing(district: District, policy: Policy, moves: Sequence[Move] = ()) -> tuple[StaffingRow, ...]:
    """Compare posts and teachers.

    Parameters
    ----------
    moves
        A plan; a mover counts at the new school in the subject taught there. Moves of unknown teachers are
        left out.

    Returns
    -------
    tuple of StaffingRow
        One row for each subject of a section that has posts or teachers, in order of section and subject.
    """
    posts: Counter[Key] = Counter()
    for post in derive_posts(district, policy):
        posts[post.school_id, post.stage, post.subject] += post.posts
    by_teacher = {m.teacher_id: m for m in moves}
    before: Counter[Key] = Counter()
    after: Counter[Key] = Counter()
    for t in district.teachers:
        move = by_teacher.get(t.teacher_id)
        here = (t.school_id, t.stage, t.subject)
        before[here] += 1
        after[here if move is None else (move.to_school_id, t.stage, move.subject)] += 1
    return tuple(
        StaffingRow(*key, posts[key], before[key], after[key])
        for key in _ordered(district, posts, before, after)
        if posts[key] or before[key] or after[key]
    )


def _ordered(district: District, *counts: Counter[Key]) -> list[Key]:
    """All keys in order of section (as the district has them) and subject."""
    sections = {key: n for n, key in enumerate(district.sections)}
    subjects = {subject: n for n, subject in enumerate(Subject)}
    keys = {key for count in counts for key in count if key[:2] in sections}
    return sorted(keys, key=lambda key: (sections[key[:2]], subjects[key[2]]))
