"""Indicators when every lead shares what it has beyond its thresholds with its members.

Each section has amounts N = x P of each indicator x (teachers, m2, yuan, rooms) for its P pupils; t is the
threshold of its stage. A lead's spare amount is max(0, x - t) P, a member's missing amount max(0, t - x) P. A
member asks each of its leads that has something to spare for an equal part of what it misses. A lead gives all
that it is asked for if it can, and otherwise the same share to everyone. What a member receives, its lead has
no more: the totals of the county stay, no lead falls below a threshold, and no member rises above one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.domain.alliance import Alliances
from allocator.domain.choices import AllianceRole
from allocator.domain.district import District
from allocator.domain.measures import INDICATORS, Measures, SectionMeasure
from allocator.domain.policy import Policy
from allocator.domain.sharing import AllianceSharing, Lift, Sharing
from allocator.indicators.inequality import Floats
from allocator.indicators.measuring import measures_of, thresholds_of
from allocator.indicators.sections import Sections, collect
from allocator.indicators.verdicts import FORGIVEN

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Ties:
    """The e ties of a plan in stages that lead and member share: alliance, rows of the two sections."""

    alliances: tuple[str, ...]
    lead: Ints
    member: Ints


def share(district: District, policy: Policy, plan: Alliances) -> Sharing:
    """Work out what sharing inside the alliances of a plan would lift.

    Parameters
    ----------
    plan
        Alliances without exactly one lead have no ties and share nothing.

    Returns
    -------
    Sharing
        Alliances in the order of their codes; lifts by alliance, member, stage and indicator.
    """
    sections = collect(district, policy)
    values, thresholds = sections.values, thresholds_of(sections, policy)
    ties = _ties(plan, sections)
    pupils = np.nan_to_num(sections.pupils)[:, None]
    # What reaches its threshold up to the rounding of binary numbers has nothing to spare and misses nothing.
    apart = np.where(np.abs(values - thresholds) <= FORGIVEN * thresholds, 0.0, values - thresholds)
    spare = np.nan_to_num(np.maximum(apart, 0.0) * pupils)
    missing = np.nan_to_num(np.maximum(-apart, 0.0) * pupils)
    given = _given(ties, spare, missing)
    flow = np.zeros_like(spare)
    np.add.at(flow, ties.member, given)
    np.subtract.at(flow, ties.lead, given)
    lifted = values + np.divide(flow, pupils, out=np.zeros_like(flow), where=pupils > 0)
    before, after = measures_of(sections, values, policy), measures_of(sections, lifted, policy)
    taken, offered = (given / thresholds[ties.lead]).sum(axis=1), (spare / thresholds).sum(axis=1)
    return Sharing(
        before,
        after,
        tuple(_judged(plan, sections, policy, (before, after), ties, taken, offered)),
        _lifts(ties, sections, given),
        _share(float(taken.sum()), float(offered[np.unique(ties.lead)].sum())),
    )


def _parts(plan: Alliances) -> dict[str, tuple[list[str], list[str]]]:
    """Leads and members of each alliance, by its code."""
    found: defaultdict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for row in plan.memberships:
        found[row.alliance_id][row.role is AllianceRole.MEMBER].append(row.school_id)
    return dict(sorted(found.items()))


def _ties(plan: Alliances, sections: Sections) -> _Ties:
    row = {key: n for n, key in enumerate(sections.keys)}
    stages = {stage: None for _, stage in sections.keys}
    rows = [
        (code, row[leads[0], stage], row[member, stage])
        for code, (leads, members) in _parts(plan).items()
        if len(leads) == 1
        for member in members
        for stage in stages
        if (leads[0], stage) in row and (member, stage) in row
    ]
    lead, member = (np.array([r[k] for r in rows], dtype=np.int64) for k in (1, 2))
    return _Ties(tuple(r[0] for r in rows), lead, member)


def _given(ties: _Ties, spare: Floats, missing: Floats) -> Floats:
    """Shape (e, 7): amounts times the factor of their unit."""
    able = spare[ties.lead] > 0
    leads = np.zeros_like(missing)
    np.add.at(leads, ties.member, able)
    wanted = missing[ties.member]
    asked = np.divide(wanted, leads[ties.member], out=np.zeros_like(wanted), where=able)
    total = np.zeros_like(spare)
    np.add.at(total, ties.lead, asked)
    rate = np.minimum(1.0, np.divide(spare, total, out=np.ones_like(spare), where=total > 0))
    return asked * rate[ties.lead]


def _lifts(ties: _Ties, sections: Sections, given: Floats) -> tuple[Lift, ...]:
    found = []
    for e, k in np.argwhere(given > 0).tolist():
        (lead, _), (member, stage) = sections.keys[ties.lead[e]], sections.keys[ties.member[e]]
        gain = float(given[e, k] / sections.pupils[ties.member[e]])
        found.append(Lift(ties.alliances[e], lead, member, stage, INDICATORS[k], gain))
    return tuple(found)


def _judged(
    plan: Alliances,
    sections: Sections,
    policy: Policy,
    moments: tuple[Measures, Measures],
    ties: _Ties,
    taken: Floats,
    offered: Floats,
) -> list[AllianceSharing]:
    """Judge each alliance as a whole."""
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for n, (school, _) in enumerate(sections.keys):
        rows[school].append(n)
    of_alliance: defaultdict[str, list[int]] = defaultdict(list)
    for e, code in enumerate(ties.alliances):
        of_alliance[code].append(e)
    found = []
    for code, (leads, members) in _parts(plan).items():
        own = of_alliance[code]
        radiation = _share(float(taken[own].sum()), float(offered[np.unique(ties.lead[own])].sum()))
        schools = dict.fromkeys((*leads, *members))
        everyone = [[m.sections[n] for s in schools for n in rows[s]] for m in moments]
        helped = [[m.sections[n] for s in dict.fromkeys(members) for n in rows[s]] for m in moments]
        found.append(_alliance(code, everyone, helped, policy, radiation))
    return found


def _alliance(
    code: str,
    everyone: list[list[SectionMeasure]],
    helped: list[list[SectionMeasure]],
    policy: Policy,
    radiation: float | None,
) -> AllianceSharing:
    """Compare the sections of one alliance, and those of its members, before and after."""
    met = [sum(m is True for s in moment for m in s.met.values()) for moment in helped]
    passed = [_passed(moment) for moment in everyone]
    gap = [_gap(moment, policy) for moment in everyone]
    return AllianceSharing(
        alliance_id=code,
        known=sum(m is not None for s in helped[0] for m in s.met.values()),
        met_before=met[0],
        met_after=met[1],
        sections=len(everyone[0]),
        passed_before=passed[0],
        passed_after=passed[1],
        gap_before=gap[0],
        gap_after=gap[1],
        radiation=radiation,
    )


def _passed(sections: Sequence[SectionMeasure]) -> int | None:
    """Sections that pass the school verdict; None if it can be told for none."""
    told = [s.passed for s in sections if s.passed is not None]
    return sum(told) if told else None


def _gap(sections: Sequence[SectionMeasure], policy: Policy) -> float | None:
    """Mean over stages and indicators of (largest - least value) / threshold; None without two values."""
    gaps = []
    for stage in dict.fromkeys(section.stage for section in sections):
        for indicator, threshold in policy.thresholds(stage).items():
            values = [v for s in sections if s.stage is stage for v in [s.values[indicator]] if v is not None]
            if len(values) > 1:
                gaps.append((max(values) - min(values)) / threshold)
    return sum(gaps) / len(gaps) if gaps else None


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
