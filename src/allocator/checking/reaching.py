"""Whether every section and the county pass after moves and money: recomputed from the tables in fractions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from allocator.checking.facts import SectionKey
from allocator.checking.levels import head_counts
from allocator.checking.money import Section, sections
from allocator.checking.rules_balance import NINE_DIGITS
from allocator.checking.spread import root, squared_cvs
from allocator.checking.stock import ASSET, INDICATOR, Thresholds, price, stock, thresholds
from allocator.domain.choices import Asset, Purpose, Stage
from allocator.domain.district import District
from allocator.domain.funding import Split
from allocator.domain.measures import INDICATORS, MOVABLE
from allocator.domain.plan import Move
from allocator.domain.policy import Policy, exact
from allocator.domain.reaching import Shortfall, Spared, StandardReport

Amounts = Mapping[str, Mapping[SectionKey, Fraction]]
"""What each section has, by indicator; unknown ones are left out."""


def check_standard(district: District, policy: Policy, moves: Sequence[Move], split: Split) -> StandardReport:
    """Judge a county after moves and purchases by the tables and the policy alone.

    Parameters
    ----------
    split
        Amounts of grants whose purposes the district's table says; each buys at the profile's prices.
    """
    parts = {s.school_id: sections(s, policy) for s in district.schools}
    stocks = _stocks(district, policy, split)
    amounts = {**_heads(district, policy, moves), **_assets(parts, stocks)}
    pupils = _pupils(district)
    least = thresholds(policy)
    verdicts = {key: _Verdict(key, pupils[key], amounts, least, policy) for key in pupils}
    short = [s for verdict in verdicts.values() for s in verdict.short]
    wide, excess = _wide(policy, amounts, pupils, parts, stocks)
    money = sum((row.amount_yuan for row in split.amounts), start=Decimal(0))
    return StandardReport(
        passed={key: verdict.passed for key, verdict in verdicts.items()},
        shortfalls=(*short, *wide),
        spared=tuple(s for verdict in verdicts.values() for s in verdict.spared),
        levels={
            "missing": float(sum(s.amount for s in short if s.indicator in MOVABLE)),
            "excess": float(excess),
            "cost": float(exact(policy.funding.move_yuan) * len(moves) + Fraction(money)),
        },
    )


def _pupils(district: District) -> dict[SectionKey, int]:
    """Pupils of the sections that have any."""
    counts = {(s.school_id, stage): s.pupils(stage) or 0 for s in district.schools for stage in s.stages}
    return {key: count for key, count in counts.items() if count}


def _heads(district: District, policy: Policy, moves: Sequence[Move]) -> Amounts:
    """Teachers who count in I1-I3 after the moves; nothing is known without a table of teachers."""
    if not district.teachers:
        return {}
    to = {move.teacher_id: move for move in moves}
    after = tuple(
        t
        if t.teacher_id not in to
        else t.model_copy(
            update={"school_id": to[t.teacher_id].to_school_id, "subject": to[t.teacher_id].subject}
        )
        for t in district.teachers
    )
    counts = head_counts(district.model_copy(update={"teachers": after}), policy)
    return {i: {key: Fraction(each.get(key, 0)) for key in _pupils(district)} for i, each in counts.items()}


def _stocks(district: District, policy: Policy, split: Split) -> dict[str, dict[str, Fraction | None]]:
    """What each school has of the assets behind I4-I7 after the purchases."""
    purposes: dict[str, Purpose] = {grant.grant_id: grant.purpose for grant in district.grants}
    found: dict[str, dict[str, Fraction | None]] = {
        INDICATOR[asset]: {
            code: None if has is None else Fraction(has) for code, has in stock(district.schools, asset).items()
        }
        for asset in Asset
    }
    for row in split.amounts:
        asset = ASSET.get(purposes[row.grant_id])
        has = None if asset is None else found[INDICATOR[asset]].get(row.school_id)
        if asset is not None and has is not None:
            bought = Fraction(row.amount_yuan) / price(purposes[row.grant_id], policy)
            found[INDICATOR[asset]][row.school_id] = has + bought
    return found


def _assets(
    parts: Mapping[str, Sequence[Section]], stocks: Mapping[str, Mapping[str, Fraction | None]]
) -> dict[str, dict[SectionKey, Fraction]]:
    """Each section's part of its school's stock."""
    return {
        indicator: {
            (code, part.stage): has * part.share
            for code, has in having.items()
            if has is not None
            for part in parts[code]
        }
        for indicator, having in stocks.items()
    }


class _Verdict:
    """The verdict on one section, and what is missing where it fails."""

    def __init__(
        self, key: SectionKey, pupils: int, amounts: Amounts, least: Thresholds, policy: Policy
    ) -> None:
        self.key = key
        self.has = {i: each[key] for i, each in amounts.items() if key in each}
        self.wanted = {i: least[key[1], i] * pupils for i in self.has}
        self.part = exact(policy.indicators.last_ratio)
        self.allowed = len(INDICATORS) - policy.indicators.required_met
        self.below = [i for i in INDICATORS if i in self.has and self.has[i] < self.wanted[i]]
        lost = [i for i in self.below if self.has[i] < self.part * self.wanted[i]]
        fails = len(self.below) > self.allowed or bool(lost)
        unknown = len(INDICATORS) - len(self.has)
        sure = len(self.below) + unknown <= self.allowed and not (unknown and self.part)
        self.passed: bool | None = False if fails else True if sure or not unknown else None
        self.short = self._cheapest() if fails else ()

    @property
    def spared(self) -> tuple[Spared, ...]:
        """Indicators below the threshold of a section that does not fail."""
        if self.short:
            return ()
        return tuple(Spared(*self.key, i, float(self.has[i] / self.wanted[i])) for i in self.below)

    def _cheapest(self) -> tuple[Shortfall, ...]:
        """The least that can be missing, over all choices of the indicators that stay below."""
        choices = combinations(self.below, min(self.allowed, len(self.below)))
        found = [
            tuple(s for i in self.below if (s := self._missing(i, left=i in left)) is not None)
            for left in choices
        ]
        return min(found, key=_lack)

    def _missing(self, indicator: str, *, left: bool) -> Shortfall | None:
        """Whole teachers, or what money buys, to the threshold, or to its part for one left below."""
        wanted = self.wanted[indicator] * (self.part if left else 1)
        if indicator in MOVABLE:
            wanted = Fraction(-(-wanted.numerator // wanted.denominator))
        missing = wanted - self.has[indicator]
        if missing <= 0:
            return None
        return Shortfall(*self.key, indicator, float(self.has[indicator]), float(wanted), float(missing))


def _lack(missing: Sequence[Shortfall]) -> tuple[int, float]:
    """Indicators that money has not lifted, then teachers."""
    bought = [s for s in missing if s.indicator not in MOVABLE]
    return len(bought), sum(s.amount for s in missing if s.indicator in MOVABLE)


def _wide(
    policy: Policy,
    amounts: Amounts,
    pupils: Mapping[SectionKey, int],
    parts: Mapping[str, Sequence[Section]],
    stocks: Mapping[str, Mapping[str, Fraction | None]],
) -> tuple[list[Shortfall], Fraction]:
    """CVs over their limits, and the sum of the excess of CV^2 in I1-I3."""
    squares: dict[tuple[Stage, str], Fraction] = {}
    for indicator, each in amounts.items():
        if indicator in MOVABLE:
            squares |= {(e, indicator): cv for e, cv in _head_squares(each, pupils).items()}
        else:
            squares |= {(e, indicator): cv for e, cv in squared_cvs(parts, stocks[indicator]).items()}
    found, excess = [], Fraction(0)
    for (stage, indicator), cv in sorted(squares.items()):
        limit = exact(policy.cv_limit(stage))
        # Money is compared to nine digits, as F6 is.
        most = limit**2 * (1 if indicator in MOVABLE else NINE_DIGITS**2)
        if cv > most:
            over = float(root(cv) - limit)
            found.append(Shortfall(None, stage, indicator, float(root(cv)), float(limit), over))
            excess += cv - limit**2 if indicator in MOVABLE else 0
    return found, excess


def _head_squares(
    heads: Mapping[SectionKey, Fraction], pupils: Mapping[SectionKey, int]
) -> dict[Stage, Fraction]:
    """CV^2 of teachers in each stage: P / N^2 x sum N_s^2 / P_s - 1; left out where the mean is 0."""
    found = {}
    for stage in Stage:
        inside = [key for key in pupils if key[1] is stage]
        everyone, total = sum(pupils[k] for k in inside), sum((heads[k] for k in inside), start=Fraction(0))
        if total:
            squares = sum((heads[k] ** 2 / pupils[k] for k in inside), start=Fraction(0))
            found[stage] = everyone * squares / total**2 - 1
    return found
