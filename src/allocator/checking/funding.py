"""The verdict on a plan of funding: every rule and every level, recomputed in integers and exact fractions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from allocator.checking import rules_balance, rules_money, rules_projects
from allocator.checking.funding_levels import funding_levels, levels_before
from allocator.checking.rules_balance import BalanceFacts
from allocator.domain.district import District
from allocator.domain.funding import Split
from allocator.domain.plan import Judgement, RuleAudit
from allocator.domain.policy import Policy

RULES: Mapping[str, Callable[[BalanceFacts], RuleAudit]] = {
    "F1": rules_money.f1_sums,
    "F2": rules_money.f2_earmarks,
    "F3": rules_money.f3_operating,
    "F4": rules_money.f4_per_pupil,
    "F5": rules_money.f5_hold_harmless,
    "F6": rules_balance.f6_balance,
    "F7": rules_money.f7_training,
    "F8": rules_projects.f8_projects,
}


def check_funding(
    district: District, policy: Policy, split: Split, grants: Sequence[str] | None = None
) -> Judgement:
    """Judge a plan of funding by the tables and the policy alone.

    Parameters
    ----------
    split
        The plan, whoever made it; any rows are judged, also malformed ones.
    grants
        Codes of the grants that the plan is for; None for all. Money from another grant breaks F2.

    Returns
    -------
    Judgement
        A verdict with witnesses for F1-F8, amounts in yuan (F6: in units of CV), and the levels of each grant
        (`G1.t`) and of the projects (`projects.lifted`) after the plan and before it.
    """
    facts = BalanceFacts(district, policy, split, None if grants is None else tuple(grants))
    return Judgement(
        rules=tuple(rule(facts) for rule in RULES.values()),
        levels=funding_levels(facts),
        levels_before=levels_before(facts),
    )
