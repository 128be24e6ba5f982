"""Rules about places: posts (R3), staffing (R4), distance (R8), backbone kept (R10), scope (R13)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from allocator.checking.facts import Facts, audit
from allocator.checking.posts import Cell
from allocator.domain.plan import Move, RuleAudit, Violation


def r3_posts(facts: Facts) -> RuleAudit:
    """R3: the section moved to has posts in the subject taught there."""
    found = []
    for teacher, move in facts.movers:
        if (move.to_school_id, teacher.stage, move.subject) not in facts.posts:
            params = {
                "teacher": teacher.teacher_id,
                "school": move.to_school_id,
                "stage": teacher.stage,
                "taught": move.subject,
            }
            found.append(Violation("R3", teacher.teacher_id, 1, "posts", "R3_no_post", params))
    return audit(facts, "R3", found, {"least": 1}, {"without": len(found)})


def r4_staffing(facts: Facts) -> RuleAudit:
    """R4: with h teachers now and p posts, after the plan min(h, p) - tolerance to max(h, p) + tolerance."""
    found = [v for cell in facts.cells() for v in _staffing_breach(facts, cell)]
    achieved = {
        "outside": len(found),
        "short": sum(v.amount for v in found if v.key == "R4_short"),
        "over": sum(v.amount for v in found if v.key == "R4_over"),
    }
    return audit(facts, "R4", found, {"tolerance": facts.policy.rotation.staffing_tolerance}, achieved)


def _staffing_breach(facts: Facts, cell: Cell) -> Iterator[Violation]:
    now, after, posts = facts.heads_now.get(cell, 0), facts.heads_after.get(cell, 0), facts.posts.get(cell, 0)
    tolerance = facts.policy.rotation.staffing_tolerance
    low, high = max(0, min(now, posts) - tolerance), max(now, posts) + tolerance
    if low <= after <= high:
        return
    school_id, stage, taught = cell
    params = {
        "school": school_id,
        "stage": stage,
        "taught": taught,
        "now": now,
        "posts": posts,
        "after": after,
        "low": low,
        "high": high,
    }
    subject = f"{school_id}/{stage.value}/{taught.value}"
    if after < low:
        yield Violation("R4", subject, low - after, "teachers", "R4_short", params)
    else:
        yield Violation("R4", subject, after - high, "teachers", "R4_over", params)


def r8_distance(facts: Facts) -> RuleAudit:
    """R8: present and new school are at most so far apart; an unknown distance is not allowed."""
    found = [v for _, move in facts.movers for v in _distance_breach(facts, move)]
    known = [km for km in facts.move_km.values() if km is not None]
    achieved = {
        "farthest": max(known, default=0.0),
        "unknown": len(facts.move_km) - len(known),
        "broken": len(found),
    }
    return audit(facts, "R8", found, {"km": facts.policy.rotation.max_km}, achieved)


def _distance_breach(facts: Facts, move: Move) -> Iterator[Violation]:
    rules, teacher = facts.policy.rotation, move.teacher_id
    params: dict[str, object] = {"teacher": teacher, "from": move.from_school_id, "to": move.to_school_id}
    km = facts.move_km[teacher]
    if km is None:
        yield Violation("R8", teacher, 1, "moves", "R8_unknown", params)
    elif km > rules.max_km:
        over = round(km - rules.max_km, 3)
        yield Violation("R8", teacher, over, "km", "R8_far", {**params, "km": km, "limit": rules.max_km})
    if rules.max_minutes is None:
        return
    minutes = facts.distances.minutes(move.from_school_id, move.to_school_id)
    if minutes is not None and minutes > rules.max_minutes:
        long = {**params, "minutes": minutes, "limit": rules.max_minutes}
        yield Violation("R8", teacher, round(minutes - rules.max_minutes, 3), "minutes", "R8_long", long)


def r10_backbone_kept(facts: Facts) -> RuleAudit:
    """R10: no section that has backbone teachers of county level or higher is left without one."""
    lost = [key for key in sorted(facts.backbone_now) if facts.backbone_after[key] < 1]
    found = [
        Violation(
            "R10",
            f"{school_id}/{stage.value}",
            1,
            "teachers",
            "R10_none_left",
            {"school": school_id, "stage": stage, "now": facts.backbone_now[school_id, stage]},
        )
        for school_id, stage in lost
    ]
    sections = len(facts.backbone_now)
    achieved = {"kept": sections - len(lost), "lost": len(lost)}
    return audit(facts, "R10", found, {"sections": sections}, achieved)


def r13_scope(facts: Facts) -> RuleAudit:
    """R13: moves stay inside the county, the learning district, or the alliance."""
    scope = facts.policy.rotation.scope
    if scope == "county":
        return audit(facts, "R13", (), {}, {"outside": 0})
    inside = _same_district(facts) if scope == "learning_district" else _same_alliance(facts)
    found = [
        Violation(
            "R13",
            move.teacher_id,
            1,
            "moves",
            f"R13_{scope}",
            {"teacher": move.teacher_id, "from": move.from_school_id, "to": move.to_school_id},
        )
        for _, move in facts.movers
        if not inside(move.from_school_id, move.to_school_id)
    ]
    return audit(facts, "R13", found, {}, {"outside": len(found)})


def inside_scope(facts: Facts) -> Callable[[str, str], bool]:
    """R13 as a test of two schools; always true where the rule is off or the scope is the county."""
    scope = facts.policy.rotation.scope
    if not facts.policy.active("R13") or scope == "county":
        return lambda _a, _b: True
    return _same_district(facts) if scope == "learning_district" else _same_alliance(facts)


def _same_district(facts: Facts) -> Callable[[str, str], bool]:
    district = {s.school_id: s.learning_district for s in facts.district.schools}
    return lambda a, b: district.get(a) is not None and district.get(a) == district.get(b)


def _same_alliance(facts: Facts) -> Callable[[str, str], bool]:
    # A code may be used once in each form.
    alliances: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in facts.district.memberships:
        alliances[row.school_id].add((row.form, row.alliance_id))
    return lambda a, b: not alliances[a].isdisjoint(alliances[b])
