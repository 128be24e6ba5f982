"""How teachers rank schools: their wishes in order, above the present school."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from allocator.rotation.facts import Facts
from allocator.solving.model import Bools, Ints


def ranked_above_home(facts: Facts) -> dict[int, list[int]]:
    """School numbers that each teacher with wishes ranks above the present one, the best first.

    Schools that are not on the list rank below the present one, and so do those listed after it.
    """
    order: dict[int, list[int]] = defaultdict(list)
    for wish in sorted(facts.district.wishes, key=lambda w: (w.rank, w.school_id)):
        order[facts.teacher_number[wish.teacher_id]].append(facts.school_number[wish.school_id])
    above = {}
    for teacher, schools in order.items():
        home = int(facts.section_school[facts.section[teacher]])
        above[teacher] = schools[: schools.index(home)] if home in schools else schools
    return above


def status_quo_mask(facts: Facts, of_teacher: Ints, cls: Ints, to: Ints) -> Bools:
    """R16: columns that take nobody who stated wishes, and did not volunteer, below the present school.

    Parameters
    ----------
    of_teacher
        Shape (teachers,): class of each; members of a class have the same wishes.
    cls, to
        Shape (columns,): class, in order, and new section.
    """
    allowed = np.ones(len(cls), dtype=bool)
    if not facts.policy.active("R16"):
        return allowed
    for teacher, above in ranked_above_home(facts).items():
        group = of_teacher[teacher]
        if group >= 0 and not facts.volunteer[teacher]:
            mine = slice(*np.searchsorted(cls, (group, group + 1)))
            allowed[mine] = np.isin(facts.section_school[to[mine]], above)
    return allowed
