"""Why a school gets what it gets of every grant: amounts and projects."""

from __future__ import annotations

from allocator.domain.funding import FundingDecision
from allocator.errors import UsageError
from allocator.io.suggest import nearest
from allocator.spending.explained import Explanation, explain_amounts
from allocator.spending.explained_projects import explain_projects
from allocator.text import DEFAULT_LANG, Lang


def explain_split(
    decision: FundingDecision,
    school_id: str,
    other: str | None = None,
    *,
    grant_id: str | None = None,
    lang: Lang = DEFAULT_LANG,
) -> tuple[Explanation, ...]:
    """Explain what a school gets of each grant, or of one; grants that pay by projects come last.

    Parameters
    ----------
    other
        Another school to compare with: why less (or more) a pupil than there.

    Raises
    ------
    UsageError
        If a school or grant is unknown, or gets no amount of that grant and has no project in it.
    """
    for code in (school_id, *([other] if other else [])):
        if code not in decision.district.school_by_id:
            known = nearest(code, tuple(decision.district.school_by_id)) or "–"
            raise UsageError("funding_why.unknown_school", school=code, known=known)
    found = explain_amounts(decision, school_id, other, grant_id, lang)
    found += explain_projects(decision, school_id, other, grant_id, lang)
    if not found:
        raise UsageError("funding_why.nothing", school=school_id, grant=grant_id or "–")
    return tuple(found)
