"""The operating floor of a school (F3), in exact fractions of a yuan."""

from __future__ import annotations

from fractions import Fraction

from allocator.domain.choices import Setting, Stage
from allocator.domain.policy import FundingPolicy, exact
from allocator.domain.records import School
from allocator.domain.whole import Exact, plain


def pupils(school: School) -> int | None:
    """Pupils of a school; None where a section's pupils are unknown."""
    known = [school.pupils(stage) for stage in school.stages]
    return None if None in known else sum(n for n in known if n is not None)


def operating_floor(school: School, rules: FundingPolicy) -> Exact:
    """F3: r (n - S) + rate of inclusive pupils x S + boarding x B; 0 without pupils or where they are unknown.

    r is the mean rate of the school's own mix of stages, n its pupils, or those of a small village school as if
    it had `small_school_pupils`.
    """
    everyone = pupils(school)
    if not everyone:
        return 0
    rate = {Stage.PRIMARY: plain(exact(rules.rate_primary)), Stage.JUNIOR: plain(exact(rules.rate_junior))}
    rated = sum(rate[e] * (school.pupils(e) or 0) for e in school.stages)
    village = school.setting is Setting.VILLAGE
    counted = max(everyone, rules.small_school_pupils) if village else everyone
    special, boarders = school.special_pupils or 0, school.boarders or 0
    return (
        plain(Fraction(rated * (counted - special), everyone))
        + plain(exact(rules.special_pupil_yuan)) * special
        + plain(exact(rules.boarder_yuan)) * boarders
    )
