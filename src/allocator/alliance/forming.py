"""From a request to the edges chosen: the network, the rules in force, the way to solve them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor

import numpy as np

from allocator.alliance.eligibility import Terms
from allocator.alliance.group_solving import filled, largest_coverage, largest_number, solve_groups
from allocator.alliance.groups import GroupProgram, group_program, spread_of
from allocator.alliance.hub_flow import solve_hubs
from allocator.alliance.hubs import hub_network, hub_program
from allocator.alliance.links import Existing, Pair, existing, ordered
from allocator.alliance.model import Choice, Level, Program, solve
from allocator.alliance.network import Network
from allocator.alliance.pairs import by_pair, chain_network, level_values, match, pair_network, pair_program
from allocator.alliance.schools import Schools
from allocator.alliance.stability import forbid_blocking, greedy
from allocator.domain.allied import AllianceRequest
from allocator.domain.district import District
from allocator.domain.policy import exact
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.solving.model import Ints


@dataclass(frozen=True)
class Case:
    """A request with everything needed to solve it, more than once.

    Attributes
    ----------
    before
        Alliances of the last period in this form; empty where rule A8 is off.
    ties
        Their leads and members, each pair of schools once.
    included
        Schools that must be in some alliance, whatever it costs.
    """

    request: AllianceRequest
    network: Network
    before: tuple[Existing, ...]
    limits: Limits
    stop: StopSignal
    ties: tuple[tuple[str, Pair], ...] = field(default=())
    included: tuple[int, ...] = ()

    @property
    def schools(self) -> Schools:
        """The schools of the district."""
        return self.network.schools

    @property
    def covering(self) -> bool:
        """Whether coverage is a level (A7)."""
        return self.network.policy.active("A7")

    @property
    def one_each(self) -> bool:
        """Whether every school has one partner at most (pairs and chains)."""
        return self.request.form in ("pair", "chain")

    @property
    def capacities(self) -> dict[int, int]:
        """Members that a lead may have, by position, where that was asked for."""
        numbers = self.schools.number()
        return {numbers[school]: most for school, most in self.request.capacities.items()}


def case_of(
    district: District, terms: Terms, request: AllianceRequest, limits: Limits, stop: StopSignal
) -> Case:
    """Build the network of a request, and find the alliances of the last period.

    All codes of the request must be schools of the district.
    """
    number = terms.schools.number()
    leads = None if request.leads is None else np.array([number[s] for s in request.leads], dtype=np.int64)
    if request.form == "hub":
        network = hub_network(district, terms, request.tags, leads)
    elif request.form == "chain":
        network = chain_network(district, terms, leads)
    elif request.form == "group":
        network = pair_network(district, terms, "strong_weak", leads, both_ways=True)
    else:
        network = pair_network(district, terms, request.kind, leads)
    renewed = terms.policy.active("A8") or terms.policy.gives_way("A8")
    before = existing(district, terms.schools, request.form) if renewed else ()
    ties = tuple((a.alliance_id, (a.lead, m)) for a in before if a.lead is not None for m in a.members)
    return Case(request, network, before, limits, stop, ties)


def decide(
    case: Case, keep: Sequence[Pair] = (), *, stable: bool | None = None, progress: ProgressSink | None = None
) -> Choice:
    """Solve a case.

    Parameters
    ----------
    keep
        Further pairs of schools that must be together.
    stable
        Whether blocking pairs are forbidden; what the request says where None.
    """
    stable = case.request.stable if stable is None else stable
    if case.request.form == "group":
        return _groups(case, keep, progress)
    if not case.one_each:
        return _flow(case, keep) or _by_program(case, keep, stable=False, progress=progress)
    forced = _forced(case, keep)
    if forced is None:
        return Choice(None, infeasible=True)
    quick = _quickly(case, forced, stable=stable)
    return quick or _by_program(case, keep, stable=stable, progress=progress)


def _quickly(case: Case, forced: Ints, *, stable: bool) -> Choice | None:
    """Match without rule A8; None if that breaks it, or if a program is needed for another reason."""
    edges = case.network.edges
    if case.included:
        return None
    if stable or case.network.policy.alliance.slack > 0:
        return _only_stable(case, forced) if stable else None
    choice = match(edges, len(case.schools), forced, case.stop, covering=case.covering)
    if choice.chosen is None or not case.ties:
        return choice
    return _without_breach(case, choice)


def _without_breach(case: Case, choice: Choice) -> Choice | None:
    """The choice with a level of breaches before it, if it keeps to A8."""
    if choice.chosen is None or len(changed_schools(case, choice.chosen)) > most_changes(case):
        return None
    first = (Level("breaches", 0.0, 0.0, 0.0),) if case.network.policy.gives_way("A8") else ()
    return Choice(choice.chosen, (*first, *choice.levels))


def _only_stable(case: Case, forced: Ints) -> Choice | None:
    """The plan without blocking pairs where it is proven that there is only one; None elsewhere."""
    if len(forced) or case.ties:
        return None
    edges = case.network.edges
    chosen, only = greedy(edges, len(case.schools))
    if not only:
        return None
    values = level_values(edges.take(chosen))
    if not case.covering:
        del values["coverage"]
    return Choice(chosen, tuple(Level(name, value, value, 0.0) for name, value in values.items()))


def _forced(case: Case, keep: Sequence[Pair]) -> Ints | None:
    """Edges of the pairs that must be together; None if one is missing or a school is in two."""
    edge_of = by_pair(case.network.edges)
    pairs = sorted({*case.network.links.together, *(ordered(a, b) for a, b in keep)})
    ends = [school for pair in pairs for school in pair]
    if len(set(ends)) < len(ends) or any(pair not in edge_of for pair in pairs):
        return None
    return np.array([edge_of[pair] for pair in pairs], dtype=np.int64)


def _flow(case: Case, keep: Sequence[Pair]) -> Choice | None:
    """Hubs as a flow, without rule A8; None if links or that rule need more, or there is slack to use."""
    links = case.network.links
    if keep or case.included or links.together or links.apart or case.network.policy.alliance.slack > 0:
        return None
    policy = case.network.policy.alliance
    choice = solve_hubs(
        case.network.edges, policy.hub_capacity, case.capacities, case.stop, covering=case.covering
    )
    return choice if choice is None or not case.ties else _without_breach(case, choice)


def rules_of(case: Case, keep: Sequence[Pair] = (), *, stable: bool | None = None) -> Program | None:
    """Every rule of a case as an integer program; None if a pair that must be together cannot be."""
    stable = case.request.stable if stable is None else stable
    group = case.request.form == "group"
    program = _group_program(case, keep) if group else _program(case, keep, stable=stable)
    if program is not None:
        program.covering = case.covering
        _further(case, program)
    return program


def _by_program(case: Case, keep: Sequence[Pair], *, stable: bool, progress: ProgressSink | None) -> Choice:
    """Solve the integer program with every rule."""
    program = rules_of(case, keep, stable=stable)
    if program is None:
        return Choice(None, infeasible=True)
    return solve(program, case.network.policy.alliance.slack, case.limits, case.stop, progress)


def _further(case: Case, program: Program) -> None:
    """Schools that must be in, and A8, where there were alliances before."""
    edges = case.network.edges
    program.at_least_one(
        [np.flatnonzero((edges.lead == s) | (edges.member == s)).tolist() for s in case.included]
    )
    if case.ties:
        policy = case.network.policy
        columns = _columns(case)
        conditions = [(s, [e for pair in pairs for e in columns[pair]]) for s, pairs in _conditions(case)]
        price = policy.alliance.change_price if policy.gives_way("A8") else None
        program.limit_changes(conditions, most_changes(case), price)


def _groups(case: Case, keep: Sequence[Pair], progress: ProgressSink | None) -> Choice:
    """Solve the program of groups; where time ran out, groups take whom they have room for."""
    policy = case.network.policy
    program = _group_program(case, keep)
    program.covering = case.covering
    _further(case, program)
    choice = solve_groups(program, policy.alliance.slack, case.limits, case.stop, progress)
    if choice.chosen is None or not case.covering or choice.proven("coverage"):
        return choice
    chosen = filled(program, choice.chosen, case.network.links.apart)
    if len(chosen) == len(choice.chosen):
        return choice
    values = plan_values(case, chosen)
    return Choice(chosen, tuple(replace(level, value=values[level.name]) for level in choice.levels))


def _group_program(case: Case, keep: Sequence[Pair]) -> GroupProgram:
    request = case.request
    program = group_program(case.network, case.capacities, request.groups, request.groups_in)
    columns = _columns(case)
    program.at_least_one([columns[ordered(*pair)] for pair in keep])
    program.cover(least_covered(case))
    return program


def _program(case: Case, keep: Sequence[Pair], *, stable: bool) -> Program | None:
    edges = case.network.edges
    if case.one_each:
        forced = _forced(case, keep)
        if forced is None:
            return None
        program = pair_program(edges, forced)
        if stable:
            forbid_blocking(program, edges, bound_schools(case))
        return program
    program = hub_program(case.network, case.capacities)
    columns = _columns(case)
    program.at_least_one([columns[ordered(*pair)] for pair in keep])
    return program


def most_groups(case: Case) -> int | None:
    """Groups that there can be at once; None where that is not proven."""
    program = group_program(case.network, case.capacities)
    return largest_number(program, case.limits, case.stop)


def least_covered(case: Case) -> int:
    """Lower schools that must be members for the share that was asked for."""
    share = case.request.coverage_share
    return 0 if share is None else ceil(exact(share) * lower_schools(case))


def lower_schools(case: Case) -> int:
    """Schools that are lower in a stage, whether or not a lead is in reach."""
    return int(case.schools.lower.any(axis=1).sum())


def most_covered(case: Case) -> int | None:
    """Lower schools that the rules allow as members at once; None where that is not proven.

    The numbers of groups asked for hold, the share to be covered does not; A8 holds where it is hard.
    """
    request = case.request
    program = group_program(case.network, case.capacities, request.groups, request.groups_in)
    _further(case, program)
    return largest_coverage(program, case.limits, case.stop)


def bound_schools(case: Case) -> frozenset[int]:
    """Schools whose partner is not theirs to leave."""
    return frozenset(school for pair in case.network.links.together for school in pair)


def _columns(case: Case) -> defaultdict[Pair, list[int]]:
    """Edges of each pair of schools, whoever leads and for whatever tag."""
    columns: defaultdict[Pair, list[int]] = defaultdict(list)
    ends = zip(case.network.edges.lead.tolist(), case.network.edges.member.tolist(), strict=True)
    for e, (a, b) in enumerate(ends):
        columns[ordered(a, b)].append(e)
    return columns


def _conditions(case: Case) -> list[tuple[int, list[Pair]]]:
    """Each school of the last period, and pairs of which one must be together or the school changes.

    A member changes unless it stays with its lead, a lead unless it stays with one of its members.
    """
    led: defaultdict[int, list[Pair]] = defaultdict(list)
    for _, (lead, member) in case.ties:
        led[lead].append(ordered(lead, member))
    members = [(member, [ordered(lead, member)]) for _, (lead, member) in case.ties]
    return [*members, *led.items()]


def changed_schools(case: Case, chosen: Ints) -> frozenset[int]:
    """Schools that change partner (A8)."""
    edges = case.network.edges
    ends = zip(edges.lead[chosen].tolist(), edges.member[chosen].tolist(), strict=True)
    now = {ordered(a, b) for a, b in ends}
    return frozenset(school for school, pairs in _conditions(case) if now.isdisjoint(pairs))


def most_changes(case: Case) -> int:
    """Schools that may change partner under A8."""
    share = exact(case.network.policy.alliance.max_change_share)
    return floor(share * len({school for _, pair in case.ties for school in pair}))


def plan_values(case: Case, chosen: Ints) -> dict[str, float]:
    """Every level of a plan."""
    edges = case.network.edges.take(chosen)
    values = level_values(edges)
    values["coverage"] = float(len(np.unique(edges.member[edges.covers])))
    beyond = max(0, len(changed_schools(case, chosen)) - most_changes(case)) if case.ties else 0
    if case.request.form == "group":
        values["evenness"] = spread_of(edges, case.schools.quality)
    return {"breaches": beyond * case.network.policy.alliance.change_price, **values}
