"""Rules about shares: outflow (R5), moved teachers (R6), backbone teachers (R7), direction (R9)."""

from __future__ import annotations

from math import ceil, floor

from allocator.checking.facts import Facts, audit
from allocator.domain.plan import RuleAudit, Violation
from allocator.domain.policy import exact

PLAN = "plan"
"""Subject of a violation whose witness is the plan as a whole."""


def r5_outflow(facts: Facts) -> RuleAudit:
    """R5: no section loses more than a share of its teachers, rounded down, at least 1."""
    share = exact(facts.policy.rotation.max_outflow_share)
    found, largest = [], 0.0
    for (school_id, stage), leaving in sorted(facts.leavers.items()):
        now = facts.staff_now[school_id, stage]
        limit = max(1, floor(share * now))
        largest = max(largest, _percent(leaving, now))
        if leaving > limit:
            params = {"school": school_id, "stage": stage, "now": now, "leaving": leaving, "limit": limit}
            subject = f"{school_id}/{stage.value}"
            found.append(Violation("R5", subject, leaving - limit, "teachers", "R5_over", params))
    required = {"percent": float(100 * share)}
    return audit(facts, "R5", found, required, {"largest": largest, "over": len(found)})


def r6_moved(facts: Facts) -> RuleAudit:
    """R6: moved teachers from a share of the eligible (rounded up) to a larger one (rounded down)."""
    rules, base, moved = facts.policy.rotation, facts.eligible, len(facts.carried)
    low = ceil(exact(rules.min_share) * base)
    high = max(floor(exact(rules.max_share) * base), low)
    params: dict[str, object] = {"moved": moved, "eligible": base, "low": low, "high": high}
    found = []
    if moved < low:
        found.append(Violation("R6", PLAN, low - moved, "teachers", "R6_few", params))
    if moved > high:
        found.append(Violation("R6", PLAN, moved - high, "teachers", "R6_many", params))
    required = {
        "low": low,
        "high": high,
        "eligible": base,
        "low_percent": float(100 * exact(rules.min_share)),
        "high_percent": float(100 * exact(rules.max_share)),
    }
    return audit(facts, "R6", found, required, {"moved": moved, "percent": _percent(moved, base)})


def r7_backbone(facts: Facts) -> RuleAudit:
    """R7: backbone teachers moved, at least a share of the moved or of the eligible backbone, rounded up."""
    rules, backbone = facts.policy.rotation, facts.backbone_moved
    base = len(facts.carried) if rules.backbone_base == "moved" else facts.eligible_backbone
    low = ceil(exact(rules.min_backbone_share) * base)
    found = []
    if backbone < low:
        params: dict[str, object] = {"backbone": backbone, "low": low, "base": base}
        found.append(Violation("R7", PLAN, low - backbone, "teachers", "R7_few", params))
    required = {"low": low, "base": base, "percent": float(100 * exact(rules.min_backbone_share))}
    achieved = {"backbone": backbone, "percent": _percent(backbone, base)}
    return audit(facts, "R7", found, required, achieved)


def r9_direction(facts: Facts) -> RuleAudit:
    """R9: at least a share of the moves goes to a school of lower quality; both qualities known."""
    moved, down = len(facts.carried), _moves_down(facts)
    share = exact(facts.policy.rotation.min_down_share)
    low = ceil(share * moved)
    found = []
    if down < low:
        params: dict[str, object] = {"down": down, "low": low, "moved": moved}
        found.append(Violation("R9", PLAN, low - down, "moves", "R9_few", params))
    required = {"low": low, "moved": moved, "percent": float(100 * share)}
    return audit(facts, "R9", found, required, {"down": down, "percent": _percent(down, moved)})


def _moves_down(facts: Facts) -> int:
    quality = {s.school_id: s.quality for s in facts.district.schools}
    pairs = ((quality.get(t.school_id), quality.get(m.to_school_id)) for t, m in facts.movers)
    return sum(a is not None and b is not None and b < a for a, b in pairs)


def _percent(part: int, whole: int) -> float:
    """Percentage to two decimals; 0 of nothing is 0."""
    return round(100 * part / whole, 2) if whole else 0.0
