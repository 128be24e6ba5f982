"""Alternatives: the plan, then plans nearly as good and as different as possible."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from allocator.campaign.judging import agree, allowed, first_plan, further_plan, no_plan
from allocator.campaign.writing import WrittenAlternatives
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import GAP_UNITS, Decision, Move, Moves
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.domain.several import Alternative, End
from allocator.errors import Fault, UsageError


def alternatives(  # noqa: PLR0913  three wishes, then the keywords of plan_rotation
    district: District,
    policy: Policy | str = "national-2017",
    *,
    k: int = 3,
    loss: float = 0.01,
    least_distance: int = 1,
    as_of: Month | str | None = None,
    limits: Limits | None = None,
    progress: ProgressSink | None = None,
    stop: StopSignal | None = None,
    warnings: Sequence[Fault] = (),
) -> WrittenAlternatives:
    """Find a plan, and others nearly as good and as different from each other as possible.

    Each alternative maximises its distance from the nearest plan before it (max-min): the number of teachers
    whose decision differs, teachers who are alike in every rule and level being interchangeable.

    Parameters
    ----------
    k
        Alternatives wanted.
    loss
        Relative loss allowed against the best value of each level (staffing rounded down); the plan's own
        values are always allowed.
    least_distance
        An alternative that differs less from a plan before it is not given.
    as_of, limits, progress, stop, warnings
        As for `plan_rotation`; the time that is left is shared equally among the alternatives.

    Raises
    ------
    UsageError
        If a number is out of range.
    """
    _in_range(k, loss, least_distance)
    stop = stop or StopSignal(limits or Limits())
    plan = first_plan(district, policy, as_of, stop, progress, warnings)
    return alternatives_to(plan, k=k, loss=loss, least_distance=least_distance, stop=stop, progress=progress)


def _in_range(k: int, loss: float, least_distance: int) -> None:
    ranges = (("k", k, 1, 50), ("loss", loss, 0, 1), ("least_distance", least_distance, 1, 10**9))
    for name, value, least, most in ranges:
        if not least <= value <= most:
            raise UsageError("several.out_of_range", name=name, value=value, least=least, most=most)


def alternatives_to(
    plan: Decision,
    *,
    k: int = 3,
    loss: float = 0.01,
    least_distance: int = 1,
    stop: StopSignal | None = None,
    progress: ProgressSink | None = None,
) -> WrittenAlternatives:
    """Find alternatives to a plan of `plan_rotation`; see `alternatives`.

    Raises
    ------
    UsageError
        If a number is out of range, or the plan was replanned from another, which it is to stay near.
    """
    _in_range(k, loss, least_distance)
    if plan.replan is not None:
        raise UsageError("several.not_replanned")
    if plan.check is None:
        return WrittenAlternatives(plan, (), loss, {}, ((0,),), no_plan(plan))
    return _search(plan, k, loss, least_distance, stop or StopSignal(), progress)


def _search(
    plan: Decision, k: int, loss: float, least_distance: int, stop: StopSignal, progress: ProgressSink | None
) -> WrittenAlternatives:
    from allocator.rotation.alternatives import AlternativeSearch, distance  # noqa: PLC0415  loads the solver
    from allocator.rotation.facts import facts  # noqa: PLC0415  as above

    most = {level.name: allowed(level, loss) for level in plan.levels}
    search = AlternativeSearch(facts(plan.district, plan.policy, plan.run.as_of), most, plan.moves)
    class_of = search.class_of
    bounds = {plan.levels[0].name: plan.levels[0].bound}
    others: list[Alternative] = []
    end: End = "enough"
    while len(others) < k:
        found = search.next(stop.limits, stop.part(k - len(others)), progress)
        if found is None or found.distance < least_distance:
            proven = found is not None and found.bound is not None and found.bound < least_distance
            end = "none" if proven else "limit"
            break
        moves = alike(found.moves, plan.moves, class_of)
        decision = further_plan(plan, moves, bounds)
        for level in decision.levels:
            agree(level.name, max(level.final, most[level.name]), most[level.name], GAP_UNITS[level.name])
        others.append(Alternative(decision, found.distance, found.bound))
    plans = [plan.moves, *(other.decision.moves for other in others)]
    distances = tuple(tuple(distance(class_of, a, b) for b in plans) for a in plans)
    for i, other in enumerate(others, start=1):
        agree("distance", other.distance, min(distances[i][:i]))
    return WrittenAlternatives(plan, tuple(others), loss, most, distances, end)


def alike(moves: Moves, first: Moves, class_of: Mapping[str, int]) -> Moves:
    """Exchange teachers of one class so that as many as possible do what they do in the first plan."""
    members: defaultdict[int, list[str]] = defaultdict(list)
    for teacher, group in sorted(class_of.items()):
        members[group].append(teacher)
    before = {m.teacher_id: (m.to_school_id, m.subject) for m in first}
    by_class: defaultdict[int, list[Move]] = defaultdict(list)
    for move in moves:
        by_class[class_of[move.teacher_id]].append(move)
    rows = [m for group, mine in by_class.items() for m in _relabelled(mine, members[group], before)]
    return Moves(tuple(sorted(rows, key=lambda m: m.teacher_id)))


def _relabelled(moves: list[Move], members: Sequence[str], before: Mapping[str, object]) -> list[Move]:
    """Give the moves of a class to those who had the same before, then to others who moved, then to all."""
    open_moves = Counter((m.to_school_id, m.subject) for m in moves)
    kept: dict[str, Move] = {}
    left = list(moves)
    for teacher in members:
        wanted = before.get(teacher)
        same = next((m for m in left if (m.to_school_id, m.subject) == wanted), None)
        if same is not None and open_moves[same.to_school_id, same.subject]:
            kept[teacher] = same
            left.remove(same)
    own = {m.teacher_id for m in moves}
    free = [t for t in members if t not in kept]
    free.sort(key=lambda t: (t not in before, t not in own))
    pairs = [*kept.items(), *zip(free, left, strict=False)]
    return [replace(move, teacher_id=teacher) for teacher, move in pairs]
