"""The verdict on a rotation plan: every rule and every level, recomputed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from allocator.checking import rules_mechanism, rules_people, rules_place, rules_quota
from allocator.checking.changes import count_changes, count_unmoved
from allocator.checking.facts import Facts
from allocator.checking.levels import levels, levels_before
from allocator.checking.prices import total_price
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import CheckReport, Move, RuleAudit
from allocator.domain.policy import Policy

RULES: Mapping[str, Callable[[Facts], RuleAudit]] = {
    "R1": rules_people.r1_form,
    "R2": rules_people.r2_eligibility,
    "R3": rules_place.r3_posts,
    "R4": rules_place.r4_staffing,
    "R5": rules_quota.r5_outflow,
    "R6": rules_quota.r6_moved,
    "R7": rules_quota.r7_backbone,
    "R8": rules_place.r8_distance,
    "R9": rules_quota.r9_direction,
    "R10": rules_place.r10_backbone_kept,
    "R11": rules_people.r11_locks,
    "R12": rules_people.r12_partners,
    "R13": rules_place.r13_scope,
    "R14": rules_people.r14_principals,
    "R15": rules_mechanism.r15_points,
    "R16": rules_mechanism.r16_status_quo,
}


def check_rotation(
    district: District,
    policy: Policy,
    moves: Sequence[Move],
    as_of: Month,
    approved: Sequence[Move] | None = None,
) -> CheckReport:
    """Judge a rotation plan by the tables and the policy alone.

    Parameters
    ----------
    moves
        The plan, whoever made it; any rows are judged, also malformed ones. Only moves of the right form
        (R1) are carried out when the other rules and the levels are recomputed. Distances are taken from
        the district, never from the plan.
    as_of
        Reference month for tenure, age and retirement.
    approved
        The approved plan that this one was replanned from; with it the level `changes` is recomputed.

    Returns
    -------
    CheckReport
        A verdict with witnesses for R1-R16, and the levels before and after the plan; where rules are
        elastic, `breaches` (the price of all their breaches) is the first level.

    Raises
    ------
    PolicyError
        If posts must be derived and the curriculum lacks a load; never because of the plan.
    """
    facts = Facts.of(district, policy, moves, as_of)
    rules = _audits(facts)
    price, unmoved = {}, {}
    if policy.elastic_rules:
        still = Facts.of(district, policy, (), as_of)
        price = {"breaches": total_price(rules)}
        unmoved = {"breaches": total_price(_audits(still))}
    if approved is not None:
        price["changes"] = count_changes(facts, approved)
        unmoved["changes"] = count_unmoved(facts, approved)
    return CheckReport(
        rules=rules,
        levels={**price, **levels(facts)},
        levels_before={**unmoved, **levels_before(facts)},
        eligible=facts.eligible,
        moved=len(facts.carried),
        backbone_moved=facts.backbone_moved,
    )


def _audits(facts: Facts) -> tuple[RuleAudit, ...]:
    return tuple(rule(facts) for rule in RULES.values())
