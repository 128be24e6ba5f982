"""Answers about learning districts: a town handed over alone, and all drawn again with two parted or joined."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from allocator.checking import district_shares
from allocator.domain.alliance import Alliances
from allocator.domain.alliance_explained import Condition, Resolved
from allocator.domain.allied import AllianceRequest
from allocator.domain.district import District
from allocator.domain.division_explained import DistrictFigures, DivisionAnswer, Moved
from allocator.domain.explanation import LevelChange
from allocator.domain.plan import LEVEL_UNITS
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, StopSignal
from allocator.errors import UsageError
from allocator.io.policies import load_policy
from allocator.partners.judging import DEFAULT_LIMITS, judge


def explain_division(
    district: District,
    plan: Alliances,
    asked: str,
    other: str | None = None,
    policy: Policy | str | Path = "national-2017",
    *,
    request: AllianceRequest | None = None,
    limits: Limits | None = None,
) -> DivisionAnswer:
    """Explain why a town or school is in its learning district, or why (not) in one with another.

    Parameters
    ----------
    plan
        The plan: `decision.plan`, or any other of learning districts.
    asked
        Code of a school, or name of a town.
    other
        Code of a school, name of a town, or code of a district of the plan, which stands for its centre.
        Without it the town is set against the centre of its own district.
    policy, request
        What the plan was made under: `decision.policy`, `decision.request`.
    limits
        Of solving again; default 20 s.

    Raises
    ------
    UsageError
        If there is no such school, town or district, if both questions are about one town, or if the plan
        is not one of learning districts.
    """
    if plan.form != "district":
        raise UsageError("alliance_plan.only_districts")
    profile = policy if isinstance(policy, Policy) else load_policy(policy)
    asked_for = request or AllianceRequest("district")
    if asked_for.districts is None:
        asked_for = replace(asked_for, districts=len(set(plan.districts.values())))
    return _Answering(district, plan, profile, asked_for, limits or DEFAULT_LIMITS).answer(asked, other)


class _Answering:
    """One plan with its towns, open for questions."""

    def __init__(
        self, district: District, plan: Alliances, policy: Policy, request: AllianceRequest, limits: Limits
    ) -> None:
        from allocator.alliance.schools import collect  # noqa: PLC0415  no solver before a question
        from allocator.alliance.towns import collect_towns  # noqa: PLC0415  as above
        from allocator.indicators import measure  # noqa: PLC0415  as above

        self._district, self._plan, self._policy = district, plan, policy
        self._request, self._limits = request, limits
        self._towns = collect_towns(district, collect(district, policy, measure(district, policy)))
        self._number = {name: n for n, name in enumerate(self._towns.names)}
        self._sets: defaultdict[str, int] = defaultdict(int)
        for town, code in plan.districts.items():
            if town in self._number:
                self._sets[code] |= 1 << self._number[town]

    def answer(self, asked: str, other: str | None) -> DivisionAnswer:
        """Explain one town against another, or against the centre of its district."""
        town = self._town(asked)
        if town is None or town not in self._plan.districts:
            return DivisionAnswer(asked, None)
        own = self._plan.districts[town]
        against = self._against(town, own) if other is None else self._other(other)
        if against == town:
            raise UsageError("alliance_plan.same_town")
        theirs = own if against is None else self._plan.districts[against]
        names = {town: own} if against is None else {town: own, against: theirs}
        to = [theirs] if theirs != own else self._touched(town) if other is None else []
        return DivisionAnswer(
            asked,
            town,
            against,
            {name: self._figures[code] for name, code in names.items()},
            tuple(self._towns.members(self._towns.near[self._number[town]] & self._sets[own])),
            tuple(self._moved(town, code) for code in to),
            None if against is None else self._resolved(town, against, together=own != theirs),
        )

    def _town(self, asked: str) -> str | None:
        """Town of a school, or the town itself; None for a school outside the table of towns."""
        school = self._district.school_by_id.get(asked)
        if school is not None:
            return school.town if school.town in self._number else None
        if asked not in self._number:
            raise UsageError("alliance_plan.unknown_place", value=asked)
        return asked

    def _other(self, asked: str) -> str:
        if asked not in self._district.school_by_id and asked not in self._number and asked in self._sets:
            return self._figures[asked].centre
        town = self._town(asked)
        if town is None or town not in self._plan.districts:
            raise UsageError("alliance_plan.no_place", value=asked)
        return town

    def _against(self, town: str, own: str) -> str | None:
        """The centre of its district; for the centre itself the town with most pupils besides."""
        figures = self._figures[own]
        others = [t for t in figures.towns if t != town]
        if figures.centre != town:
            return figures.centre
        return max(others, key=lambda t: self._towns.pupils[self._number[t]], default=None)

    def _touched(self, town: str) -> list[str]:
        """Other districts with a town that touches this one."""
        near = self._towns.near[self._number[town]]
        own = self._plan.districts[town]
        return sorted(code for code, towns in self._sets.items() if code != own and towns & near)

    @cached_property
    def _figures(self) -> dict[str, DistrictFigures]:
        shares = district_shares(self._district, self._policy, self._plan)
        return {
            code: DistrictFigures(
                code,
                tuple(self._towns.members(towns)),
                self._towns.names[self._towns.centre(towns)],
                shares[code].schools,
                shares[code].pupils,
                shares[code].pupil_deviation,
                shares[code].strong_deviation,
            )
            for code, towns in self._sets.items()
        }

    @cached_property
    def _base(self) -> dict[str, float]:
        return dict(judge(self._district, self._policy, self._plan, self._request).levels)

    def _moved(self, town: str, code: str) -> Moved:
        """Hand one town over and let the checker judge what comes of it."""
        plan = replace(self._plan, districts={**self._plan.districts, town: code})
        verdict = judge(self._district, self._policy, plan, self._request)
        faults = tuple(v for audit in verdict.rules for v in audit.violations)
        changes = tuple(
            LevelChange(name, LEVEL_UNITS[name], self._base[name], value, None, None)
            for name, value in verdict.levels.items()
        )
        near = self._towns.near[self._number[town]] & self._sets[code]
        return Moved(code, tuple(self._towns.members(near)), faults, changes)

    def _resolved(self, town: str, other: str, *, together: bool) -> Resolved:
        """Draw the districts again with two towns in one, or not in one."""
        from allocator.alliance.districts import divide  # noqa: PLC0415  as above
        from allocator.alliance.towns import Bond  # noqa: PLC0415  as above

        bond = Bond(self._number[town], self._number[other], together)
        division = divide(self._towns, self._request, self._limits, StopSignal(self._limits), bond=bond)
        condition: Condition = "joined" if together else "parted"
        if division.districts is None:
            return Resolved(condition, "impossible" if division.infeasible else "unfinished")
        changes = []
        for level in division.levels:
            base = self._base[level.name]
            least = None if level.bound is None else level.bound - base
            unit = LEVEL_UNITS[level.name]
            changes.append(LevelChange(level.name, unit, base, level.value, least, level.value - base))
        own = next(s for s in division.districts if s >> bond.first & 1)
        fellows = tuple(name for name in self._towns.members(own) if name != town)
        return Resolved(condition, "found", tuple(changes), {town: fellows})
