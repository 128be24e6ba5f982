"""Answers about partners: from the rules, or by solving again with a pair forbidden or required."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.domain.alliance import Alliances
from allocator.domain.alliance_explained import AllianceAnswer, Condition, Couple, Resolved
from allocator.domain.allied import AllianceRequest, Outside
from allocator.domain.choices import AllianceRole
from allocator.domain.district import District
from allocator.domain.explanation import LevelChange
from allocator.domain.plan import LEVEL_UNITS
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, StopSignal
from allocator.errors import UsageError
from allocator.io.policies import load_policy
from allocator.partners.judging import DEFAULT_LIMITS, judge

if TYPE_CHECKING:
    from allocator.alliance.forming import Case
    from allocator.alliance.model import Choice

MORE_IS_BETTER = ("coverage", "benefit")


def explain_alliance(
    district: District,
    plan: Alliances,
    school: str,
    other: str | None = None,
    policy: Policy | str | Path = "national-2017",
    *,
    request: AllianceRequest | None = None,
    limits: Limits | None = None,
) -> AllianceAnswer:
    """Explain why a school is together with its partners, or why (not) with one other school.

    Parameters
    ----------
    plan
        The plan: `decision.plan`, or any other of that form.
    school, other
        Codes. Without the other, every partner of the school is explained, or why it has none.
    policy, request
        What the plan was made under: `decision.policy`, `decision.request`.
    limits
        Of each solving again; default 20 s.

    Raises
    ------
    UsageError
        If a school is unknown, or the plan is one of learning districts.
    """
    for code in (school, other):
        if code is not None and code not in district.school_by_id:
            raise UsageError("alliance.unknown_school", value=code)
    if plan.form == "district":
        raise UsageError("alliance_plan.no_districts")
    if school == other:
        raise UsageError("alliance_plan.same_school")
    profile = policy if isinstance(policy, Policy) else load_policy(policy)
    asked = request or AllianceRequest(plan.form)
    return _Answering(district, plan, profile, asked, limits or DEFAULT_LIMITS).answer(school, other)


class _Answering:
    """One plan with its network, open for questions."""

    def __init__(
        self, district: District, plan: Alliances, policy: Policy, request: AllianceRequest, limits: Limits
    ) -> None:
        from allocator.alliance.eligibility import Terms as Judged  # noqa: PLC0415  no solver before a question
        from allocator.alliance.forming import case_of  # noqa: PLC0415  as above
        from allocator.alliance.links import collect_links  # noqa: PLC0415  as above
        from allocator.alliance.schools import collect  # noqa: PLC0415  as above
        from allocator.alliance.ties import ties_of  # noqa: PLC0415  as above
        from allocator.indicators import measure  # noqa: PLC0415  as above

        schools = collect(district, policy, measure(district, policy))
        terms = Judged(schools, policy, collect_links(district, policy, schools))
        self._case: Case = case_of(district, terms, request, limits, StopSignal(limits))
        self._limits, self._plan = limits, plan
        self._ties = ties_of(self._case.network, plan)
        self._base = judge(district, policy, plan, request).levels
        self._number = schools.number()
        self._members: defaultdict[str, dict[str, AllianceRole]] = defaultdict(dict)
        for row in plan.memberships:
            self._members[row.alliance_id][row.school_id] = row.role

    def answer(self, school: str, other: str | None) -> AllianceAnswer:
        """Explain one other school, or all partners."""
        if other is not None:
            return AllianceAnswer(school, (self._couple(school, other),))
        partners = self._partners(school)
        if partners:
            return AllianceAnswer(school, tuple(self._couple(school, one) for one in partners))
        return AllianceAnswer(school, (), self._outside(school), self._included(school))

    def _partners(self, school: str) -> tuple[str, ...]:
        """Schools that lead this one or that it leads, each once."""
        found = [t.member if t.lead == school else t.lead for t in self._ties if school in (t.lead, t.member)]
        return tuple(dict.fromkeys(found))

    def _couple(self, school: str, other: str) -> Couple:
        ties = tuple(t for t in self._ties if {t.lead, t.member} == {school, other})
        fellows = tuple(code for code, own in self._members.items() if school in own and other in own)
        pair = sorted((self._number[school], self._number[other]))
        bound = (pair[0], pair[1]) in self._case.network.links.together
        possible = self._edges(school, other)
        barred = () if possible else self._barred(school, other)
        together = bool(ties or fellows)
        if (bound and together) or (not together and barred) or (together and not ties):
            resolved = None
        else:
            resolved = self._resolve("parted" if together else "joined", school, other)
        worths = self._case.network.worths([(school, other), (other, school)])
        worth = ties[0].worth if ties else max(worths, key=lambda w: w.benefit)
        now = {one: self._partners(one) for one in (school, other)}
        return Couple(school, other, ties, fellows, barred, bound, worth, now, resolved)

    def _edges(self, school: str, other: str) -> bool:
        """Whether the network has an edge between the two."""
        a, b = self._number[school], self._number[other]
        edges = self._case.network.edges
        both = ((edges.lead == a) & (edges.member == b)) | ((edges.lead == b) & (edges.member == a))
        return bool(both.any())

    def _barred(self, school: str, other: str) -> tuple[str, ...]:
        """Rules against the two, in the direction with the fewest."""
        network = self._case.network
        fewest = min((network.why_missing(*way) for way in ((school, other), (other, school))), key=len)
        return fewest or ("not_lead",)

    def _resolve(self, condition: Condition, school: str, other: str) -> Resolved:
        """Solve again with the pair forbidden or required."""
        from allocator.alliance.forming import decide  # noqa: PLC0415  as above
        from allocator.alliance.links import ordered  # noqa: PLC0415  as above

        case = replace(self._case, stop=StopSignal(self._limits))
        a, b = self._number[school], self._number[other]
        if condition == "parted":
            edges = case.network.edges
            keep = ~((edges.lead == a) & (edges.member == b)) & ~((edges.lead == b) & (edges.member == a))
            case = replace(case, network=replace(case.network, edges=edges.take(keep)))
            choice = decide(case)
        else:
            choice = decide(case, [ordered(a, b)])
        return self._told(condition, case, choice, self._concerned(condition, school, other))

    def _included(self, school: str) -> Resolved | None:
        """Solve again with a school in some alliance; None where no edge leads to it."""
        from allocator.alliance.forming import decide  # noqa: PLC0415  as above

        number, edges = self._number[school], self._case.network.edges
        if not ((edges.lead == number) | (edges.member == number)).any():
            return None
        case = replace(self._case, stop=StopSignal(self._limits), included=(number,))
        return self._told("included", case, decide(case), (school,))

    def _told(self, condition: Condition, case: Case, choice: Choice, concerned: tuple[str, ...]) -> Resolved:
        """What came of solving again: levels, partners of some schools, and who is left out."""
        if choice.chosen is None:
            return Resolved(condition, "impossible" if choice.infeasible else "unfinished")
        edges, ids = case.network.edges.take(choice.chosen), case.schools.ids
        inside = {ids[s] for s in (*edges.lead.tolist(), *edges.member.tolist())}
        before = dict.fromkeys(row.school_id for row in self._plan.memberships)
        displaced = tuple(code for code in before if code not in inside)
        changes = self._changes(case, choice)
        return Resolved(condition, "found", changes, _then(case, choice, concerned), displaced)

    def _concerned(self, condition: Condition, school: str, other: str) -> tuple[str, ...]:
        """Whose partners to tell: of pairs that are joined, the partners that they leave."""
        if condition == "joined" and self._case.one_each:
            return (*self._partners(school), *self._partners(other))
        return (school, other)

    def _changes(self, case: Case, choice: Choice) -> tuple[LevelChange, ...]:
        """Levels of the plan solved again against those of the plan at hand."""
        from allocator.alliance.forming import plan_values  # noqa: PLC0415  as above

        values = {} if choice.chosen is None else plan_values(case, choice.chosen)
        found = []
        for level in choice.levels:
            base, value = self._base.get(level.name, 0.0), values[level.name]
            change, limit = value - base, None if level.bound is None else level.bound - base
            least, most = (change, limit) if level.name in MORE_IS_BETTER else (limit, change)
            found.append(LevelChange(level.name, LEVEL_UNITS[level.name], base, value, least, most))
        return tuple(found)

    def _outside(self, school: str) -> Outside | None:
        """Why a school is in no alliance."""
        import numpy as np  # noqa: PLC0415  as above

        from allocator.alliance.outside import outside  # noqa: PLC0415  as above

        edges = self._case.network.edges
        ends = zip(edges.lead.tolist(), edges.member.tolist(), strict=True)
        place = {frozenset(pair): e for e, pair in enumerate(ends)}
        pairs = (frozenset((self._number[t.lead], self._number[t.member])) for t in self._ties)
        chosen = np.array(sorted(place[p] for p in pairs if p in place), dtype=np.int64)
        return next((o for o in outside(self._case, chosen, proven=False) if o.school_id == school), None)


def _then(case: Case, choice: Choice, schools: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Partners of some schools in a plan solved again."""
    edges, ids = case.network.edges.take(choice.chosen), case.schools.ids  # type: ignore[arg-type]  # it was found
    found: dict[str, dict[str, None]] = {school: {} for school in schools}
    for a, b in zip(edges.lead.tolist(), edges.member.tolist(), strict=True):
        for one, two in ((ids[a], ids[b]), (ids[b], ids[a])):
            if one in found:
                found[one][two] = None
    return {school: tuple(own) for school, own in found.items()}
