"""Grants that pay by projects and pay for none: why nothing was chosen."""

from __future__ import annotations

from allocator.domain.funding import FundingDecision
from allocator.text import Lang, say


def nothing_chosen(decision: FundingDecision, lang: Lang) -> tuple[str, ...]:
    """One sentence for each grant of the run that pays by projects and pays for none."""
    paid = {row.grant_id for row in decision.split.chosen}
    empty = [code for code in decision.paying if code not in paid]
    if not empty or decision.conflicts:
        return ()
    from allocator.funding.projects_data import collect_projects  # noqa: PLC0415  light import

    projects = collect_projects(decision.district, decision.policy, decision.paying, decision.split.amounts)
    payable = [project.grant_id for project in projects.candidates]
    return tuple(_sentence(decision, code, payable.count(code), lang) for code in empty)


def _sentence(decision: FundingDecision, code: str, payable: int, lang: Lang) -> str:
    named = [project for project in decision.district.projects if project.grant_id == code]
    grant = next(g for g in decision.district.grants if g.grant_id == code)
    kind = "better" if payable else "payable" if named else "named"
    return say(
        f"funding.projects_none_{kind}",
        lang,
        grant=code,
        amount=f"{grant.amount_yuan:,}",
        count=len(named),
        payable=payable,
        least=f"{min((project.cost_yuan for project in named), default=0):,}",
    )
