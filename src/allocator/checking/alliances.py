"""The verdict on a plan of alliances: every rule and every level, recomputed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import fsum

from allocator.checking.alliance_cover import a7_coverage, a8_renewal
from allocator.checking.alliance_facts import AllianceFacts, Terms
from allocator.checking.alliance_form import a1_one_each, a2_composition
from allocator.checking.alliance_levels import levels
from allocator.checking.alliance_partners import a3_strength, a4_distance, a5_stage, a6_links
from allocator.checking.learning_districts import check_learning_districts
from allocator.domain.alliance import Alliances
from allocator.domain.alliance_records import Membership
from allocator.domain.district import District
from allocator.domain.plan import Judgement, RuleAudit
from allocator.domain.policy import Policy

RULES: Mapping[str, Callable[[AllianceFacts], RuleAudit]] = {
    "A1": a1_one_each,
    "A2": a2_composition,
    "A3": a3_strength,
    "A4": a4_distance,
    "A5": a5_stage,
    "A6": a6_links,
    "A7": a7_coverage,
    "A8": a8_renewal,
}


def check_alliances(
    district: District,
    policy: Policy,
    plan: Alliances,
    previous: tuple[Membership, ...] | None = None,
    *,
    terms: Terms | None = None,
) -> Judgement:
    """Judge a plan of alliances by the tables and the policy alone.

    Parameters
    ----------
    plan
        The plan, whoever made it; any rows are judged, also malformed ones. Only members of alliances with
        exactly one lead count in the levels and in the rules about partners.
    previous
        Alliances before, for A8; None for those of the plan's form in the district's table, `()` for none.
    terms
        What was asked for beyond the policy.

    Returns
    -------
    Judgement
        A verdict with witnesses for A1-A8 (learning districts: one named `districts`), and the levels of the
        plan and of the alliances before. Where A8 is elastic and there were alliances before, `breaches` is
        the first level.
    """
    terms = terms or Terms()
    if plan.form == "district":
        return check_learning_districts(district, policy, plan, terms)
    rows = district.memberships if previous is None else previous
    facts = AllianceFacts(
        district, policy, plan, tuple(row for row in rows if row.form.value == plan.form), terms
    )
    rules = tuple(rule(facts) for rule in RULES.values())
    price, unchanged = {}, {}
    if policy.gives_way("A8") and facts.previous:
        price = {"breaches": fsum(v.price for audit in rules for v in audit.violations if v.price is not None)}
        unchanged = {"breaches": 0.0}
    before = facts.of_plan(Alliances(plan.form, facts.previous))
    return Judgement(rules, {**price, **levels(facts)}, {**unchanged, **levels(before)})
