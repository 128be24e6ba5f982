"""The bundled evaluation recomputed in exact fractions, and the weight that it gives each school."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from allocator.checking.levels import head_counts
from allocator.checking.money import MoneyFacts
from allocator.checking.stock import INDICATOR, Thresholds, stock, thresholds
from allocator.domain.choices import AllianceRole, Asset, Stage
from allocator.domain.policy import exact
from allocator.domain.records import School

Cell = tuple[str, Stage, str]
"""School, stage, indicator."""
Amounts = Mapping[Cell, Fraction]
NINE = 10**9


@dataclass(frozen=True)
class _Flow:
    """What a lead gives a member of one alliance in one indicator."""

    alliance: str
    lead: Cell
    member: Cell
    amount: Fraction


def bundled_weights(facts: MoneyFacts) -> Mapping[str, Fraction]:
    """Weight of each school in a split by the bundled evaluation, over all its alliances."""
    found: defaultdict[str, Fraction] = defaultdict(Fraction)
    lead_share = exact(facts.policy.funding.bundled_lead_share)
    having, least = _amounts(facts), thresholds(facts.policy)
    needed = {cell: least[cell[1:]] * _pupils(facts, cell) for cell in having}
    alliances = _alliances(facts)
    flows = _flows(alliances, having, needed)
    for code, (lead, members) in alliances.items():
        own = [flow for flow in flows if flow.alliance == code]
        whole = _points(facts, (lead, members), having, needed, (flows, own)) * (1 + len(members))
        found[lead] += whole * lead_share
        for member in members:
            found[member] += whole * (1 - lead_share) / len(members)
    return found


def _alliances(facts: MoneyFacts) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Lead and members of the alliances that have one lead and a member, by code."""
    rows: defaultdict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for row in facts.district.memberships:
        rows[row.alliance_id][row.role is AllianceRole.MEMBER].append(row.school_id)
    return {
        code: (leads[0], tuple(members))
        for code, (leads, members) in sorted(rows.items())
        if len(leads) == 1 and members
    }


def _amounts(facts: MoneyFacts) -> dict[Cell, Fraction]:
    """What every section with pupils has of each indicator, as far as it is known."""
    district = facts.district
    heads = head_counts(district, facts.policy) if district.teachers else {}
    stocks = {INDICATOR[asset]: stock(district.schools, asset) for asset in Asset}
    found = {
        (s.school_id, stage, i): Fraction(counts.get((s.school_id, stage), 0))
        for s in district.schools
        for stage in s.stages
        if s.pupils(stage)
        for i, counts in heads.items()
    }
    for s in district.schools:
        for stage, _, share in facts.sections[s.school_id]:
            for i, having in stocks.items():
                if (whole := having[s.school_id]) is not None:
                    found[s.school_id, stage, i] = Fraction(whole * share)
    return found


def _pupils(facts: MoneyFacts, cell: Cell) -> int:
    school: School = facts.district.school_by_id[cell[0]]
    return school.pupils(cell[1]) or 0


def _flows(
    alliances: Mapping[str, tuple[str, tuple[str, ...]]], having: Amounts, needed: Amounts
) -> list[_Flow]:
    """Members ask their leads in equal parts; a lead that is asked for too much gives all the same share."""
    asked: list[_Flow] = []
    leads: defaultdict[Cell, int] = defaultdict(int)
    for code, (lead, members) in alliances.items():
        for cell in having:
            if cell[0] not in members or (giver := (lead, *cell[1:])) not in having:
                continue
            if having[giver] > needed[giver]:
                leads[cell] += 1
                asked.append(_Flow(code, giver, cell, max(needed[cell] - having[cell], Fraction(0))))
    total: defaultdict[Cell, Fraction] = defaultdict(Fraction)
    for flow in asked:
        total[flow.lead] += flow.amount / leads[flow.member]
    return [
        _Flow(f.alliance, f.lead, f.member, f.amount / leads[f.member] * _rate(f.lead, total, having, needed))
        for f in asked
        if f.amount
    ]


def _rate(lead: Cell, total: Mapping[Cell, Fraction], having: Amounts, needed: Amounts) -> Fraction:
    return min(Fraction(1), (having[lead] - needed[lead]) / total[lead])


def _points(
    facts: MoneyFacts,
    alliance: tuple[str, tuple[str, ...]],
    having: Amounts,
    needed: Amounts,
    flows: tuple[list[_Flow], list[_Flow]],
) -> Fraction:
    """Weighted mean of the three heads."""
    (lead, members), (every, own) = alliance, flows
    after = dict(having)
    for flow in every:
        after[flow.member] += flow.amount
        after[flow.lead] -= flow.amount
    known = [cell for cell in having if cell[0] in members]
    newly = sum(after[c] >= needed[c] > having[c] for c in known)
    wide = [_gap({lead, *members}, amounts, needed) for amounts in (having, after)]
    heads = (
        Fraction(newly, len(known)) if known else Fraction(0),
        1 - wide[1] / wide[0] if wide[0] else Fraction(0),
        _radiation(lead, _stages(facts, members), own, having, needed, thresholds(facts.policy)),
    )
    rules = facts.policy.funding
    weights = [exact(w) for w in (rules.bundled_stock, rules.bundled_gap, rules.bundled_radiation)]
    everything = sum(weights, Fraction(0))
    total = sum((w * _hundredths(x) for w, x in zip(weights, heads, strict=True)), Fraction(0))
    return total / everything if everything else Fraction(0)


def _stages(facts: MoneyFacts, members: tuple[str, ...]) -> set[Stage]:
    return {stage for code in members for stage in facts.district.school_by_id[code].stages}


def _hundredths(part: Fraction) -> Fraction:
    """A share as points of 100, to the hundredth, halves up."""
    nine = Fraction(round(100 * max(part, Fraction(0)) * NINE), NINE)
    return Fraction(floor(nine * 100 + Fraction(1, 2)), 100)


def _gap(schools: set[str], amounts: Amounts, needed: Amounts) -> Fraction:
    """Mean over stages and indicators of the largest less the least ratio to the threshold."""
    ratios: defaultdict[tuple[Stage, str], list[Fraction]] = defaultdict(list)
    for cell, amount in amounts.items():
        if cell[0] in schools:
            ratios[cell[1:]].append(amount / needed[cell])
    gaps = [max(found) - min(found) for found in ratios.values() if len(found) > 1]
    return sum(gaps, Fraction(0)) / len(gaps) if gaps else Fraction(0)


def _radiation(
    lead: str,
    stages: set[Stage],
    own: list[_Flow],
    having: Amounts,
    needed: Amounts,
    least: Thresholds,
) -> Fraction:
    """Share of what the lead has to spare in stages shared with members that these take up."""
    spare = [
        (having[cell] - needed[cell]) / least[cell[1:]]
        for cell in having
        if cell[0] == lead and cell[1] in stages and having[cell] > needed[cell]
    ]
    taken = sum((flow.amount / least[flow.lead[1:]] for flow in own), Fraction(0))
    return taken / sum(spare) if spare else Fraction(0)
