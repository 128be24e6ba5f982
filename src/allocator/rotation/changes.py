"""The level `changes`: how many teachers decide otherwise than in the approved plan.

Members of a class share their approved decision, so the count is linear in the flows: a class approved to stay
changes by everybody who moves; one approved to move somewhere changes by everybody who does not move there.
"""

from __future__ import annotations

import numpy as np

from allocator.rotation.approved import STAYS, approved_goals, goal
from allocator.rotation.candidates import Candidates, Classes
from allocator.rotation.facts import Facts
from allocator.solving.model import Floats


def changes(facts: Facts, groups: Classes, moves: Candidates) -> tuple[Floats, float]:
    """Cost of each move column and constant, in decisions.

    Returns
    -------
    tuple
        Shape (columns,), and the decisions that change if nobody moves.
    """
    goals = approved_goals(facts)
    of_class = np.zeros(len(groups.size), dtype=np.int64)
    can = groups.of_teacher >= 0
    of_class[groups.of_teacher[can]] = goals[can]
    wanted = of_class[moves.cls]
    kept = wanted == goal(moves.to, moves.subject)
    cost = np.where(wanted == STAYS, 1.0, np.where(kept, -1.0, 0.0))
    return cost, float(np.count_nonzero(goals != STAYS))
