"""Explanations of all moves of a plan, as far as a time budget allows."""

from __future__ import annotations

from dataclasses import replace

from allocator.domain.explanation import Explanations, Why
from allocator.domain.plan import Decision, Status
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.errors import InfeasibleError, LimitError
from allocator.explaining.explainer import Explainer

PARTS, LEAST_SECONDS = 10, 1.0
"""No teacher takes more than this part of the time, or these seconds."""


def explain_moves(
    decision: Decision, limits: Limits, *, progress: ProgressSink | None = None, stop: StopSignal | None = None
) -> Explanations:
    """Explain one move after the other until the time is over.

    The levels are compared up to the one that decides. Those who neither volunteered nor named a wish come
    first: they are the ones to ask. Teachers who are alike share one planning. An explanation cut short by the
    limit is left out, as is one whose change of a level has no proven limits.

    Parameters
    ----------
    limits
        `time_s` is for all of them together.
    stop
        Ends the search earlier if it is asked to.
    """
    stop = stop or StopSignal(limits)
    explainer = Explainer(
        decision.district,
        decision.policy,
        decision.moves,
        as_of=decision.run.as_of,
        limits=replace(limits, time_s=None),
        progress=progress,
        approved=None if decision.replan is None else decision.replan.approved,
        stop=stop,
        proven=decision.levels if decision.status is Status.OPTIMAL else (),
    )
    found: list[Why] = []
    try:
        if explainer.base:
            explainer.hurry(max(LEAST_SECONDS, stop.remaining / PARTS))
        for teacher in _order(decision):
            if stop.now:
                break
            why = explainer.why(teacher)
            if _settled(why):
                found.append(why)
    except (LimitError, InfeasibleError):
        pass  # Without the best plan there is nothing to compare with, and nothing is explained.
    return Explanations(tuple(found), len(decision.moves), limits.time_s or stop.seconds, stop.seconds)


def _order(decision: Decision) -> list[str]:
    """Movers, first those who did not ask for it."""
    district = decision.district
    wished = {w.teacher_id for w in district.wishes}
    people = (district.teacher_by_id[m.teacher_id] for m in decision.moves)
    asked = [(t.volunteer or t.teacher_id in wished, t.teacher_id) for t in people]
    return [teacher for _, teacher in sorted(asked)]


def _settled(why: Why) -> bool:
    """Whether the question was answered: by a lock, by a proof that it is impossible, or level by level."""
    otherwise = why.otherwise
    if otherwise is None:
        return True
    if not otherwise.levels:
        return otherwise.status is Status.INFEASIBLE
    return all(level.least is not None and level.most is not None for level in otherwise.levels)
