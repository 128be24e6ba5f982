"""Rules about single teachers: form (R1), eligibility (R2), locks (R11), partners (R12), principals (R14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from allocator.checking.eligibility import Judge
from allocator.checking.facts import Facts, audit
from allocator.domain.choices import LockAction, Role
from allocator.domain.plan import RuleAudit, Violation
from allocator.domain.records import Lock, Teacher


def r1_form(facts: Facts) -> RuleAudit:
    """R1: each teacher stays or moves to exactly one other school, and the row says what is so."""
    achieved = {"moves": len(facts.moves), "faults": len(facts.faults)}
    return audit(facts, "R1", facts.faults, {"most": 1}, achieved)


def r2_eligibility(facts: Facts) -> RuleAudit:
    """R2: only eligible teachers move."""
    judge = Judge(facts.policy, facts.as_of)
    found = []
    for teacher, _ in facts.movers:
        reason = facts.reasons[teacher.teacher_id]
        if reason:
            amount, unit = judge.shortfall(teacher, reason)
            params = {"teacher": teacher.teacher_id}
            found.append(Violation("R2", teacher.teacher_id, amount, unit, f"R2_{reason}", params))
    rules = facts.policy.eligibility
    required = {"tenure": rules.min_tenure_years, "retirement": rules.min_years_to_retirement}
    return audit(facts, "R2", found, required, {"moved": len(facts.movers), "ineligible": len(found)})


def r11_locks(facts: Facts) -> RuleAudit:
    """R11: locks hold."""
    locks = dict.fromkeys((k.teacher_id, k.action, k.school_id) for k in facts.district.locks)
    rows = [Lock(teacher_id=t, action=a, school_id=s) for t, a, s in locks]
    found = [v for lock in rows for v in _lock_breach(facts, lock)]
    achieved = {"kept": len(rows) - len(found), "broken": len(found)}
    return audit(facts, "R11", found, {"locks": len(rows)}, achieved)


def _lock_breach(facts: Facts, lock: Lock) -> Iterator[Violation]:
    move = facts.carried.get(lock.teacher_id)
    goal = None if move is None else move.to_school_id
    holds = {
        LockAction.STAY: goal is None,
        LockAction.MOVE: goal is not None,
        LockAction.TO: goal is not None and goal == lock.school_id,
        LockAction.NOT_TO: goal is None or goal != lock.school_id,
    }
    if not holds[lock.action]:
        params = {"teacher": lock.teacher_id, "school": lock.school_id}
        yield Violation("R11", lock.teacher_id, 1, "teachers", f"R11_{lock.action.value}", params)


def r12_partners(facts: Facts) -> RuleAudit:
    """R12: partners who teach at the same school now are not moved too far apart."""
    limit = facts.policy.rotation.max_partner_km
    pairs = list(_partners(facts))
    apart = [(pair, _apart_km(facts, *pair)) for pair in pairs]
    found = [v for pair, km in apart for v in _partner_breach(pair, km, limit)]
    farthest = max((km for _, km in apart if km is not None), default=0.0)
    achieved = {"pairs": len(pairs), "farthest": farthest, "broken": len(found)}
    return audit(facts, "R12", found, {"km": limit}, achieved)


def _partners(facts: Facts) -> Iterator[tuple[Teacher, Teacher]]:
    """Pairs at one school now of whom at least one moves, each once, the smaller code first."""
    teachers = facts.district.teacher_by_id
    pairs = set()
    for one in facts.district.teachers:
        other = None if one.partner_id is None else teachers.get(one.partner_id)
        if other is not None and other.school_id == one.school_id and other.teacher_id != one.teacher_id:
            a, b = sorted((one.teacher_id, other.teacher_id))
            if a in facts.carried or b in facts.carried:
                pairs.add((a, b))
    yield from ((teachers[a], teachers[b]) for a, b in sorted(pairs))


def _apart_km(facts: Facts, one: Teacher, other: Teacher) -> float | None:
    """Larger of the two distances between partners after the plan; None if unknown."""
    a, b = (
        facts.carried[t.teacher_id].to_school_id if t.teacher_id in facts.carried else t.school_id
        for t in (one, other)
    )
    if a == b:
        return 0.0
    there, back = facts.distances.km(a, b), facts.distances.km(b, a)
    return None if there is None or back is None else max(there, back)


def _partner_breach(pair: tuple[Teacher, Teacher], km: float | None, limit: float) -> Iterator[Violation]:
    one, other = (t.teacher_id for t in pair)
    subject = f"{one};{other}"
    params: dict[str, object] = {"one": one, "other": other, "limit": limit, "km": km}
    if km is None:
        yield Violation("R12", subject, 1, "pairs", "R12_unknown", params)
    elif km > limit:
        yield Violation("R12", subject, round(km - limit, 3), "km", "R12_far", params)


def r14_principals(facts: Facts) -> RuleAudit:
    """R14: a school that loses a principal receives one."""
    moves = [(t.school_id, m.to_school_id) for t, m in facts.movers if t.role is Role.PRINCIPAL]
    leaving, arriving = Counter(a for a, _ in moves), Counter(b for _, b in moves)
    short = {s: n - arriving[s] for s, n in sorted(leaving.items()) if n > arriving[s]}
    found = [
        Violation("R14", s, n, "principals", "R14_short", {"leaving": leaving[s], "arriving": arriving[s]})
        for s, n in short.items()
    ]
    achieved = {"leaving": len(moves), "missing": sum(short.values())}
    return audit(facts, "R14", found, {"schools": len(leaving)}, achieved)
