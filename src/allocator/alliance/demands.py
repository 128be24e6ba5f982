"""What a request, its links and its rules ask for, piece by piece, and which pieces cannot hold together.

A conflict is found by leaving out: a kind of demand, then each demand by itself, is dropped for good if no plan
is possible even without it, proven by two solvers. What is left conflicts, and without any one of it there is a
plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from allocator.alliance.eligibility import Terms
from allocator.alliance.forming import Case, case_of, most_changes, rules_of
from allocator.alliance.links import collect_links
from allocator.domain.alliance_records import Link
from allocator.domain.allied import AllianceRequest, rule_names
from allocator.domain.choices import LinkKind
from allocator.domain.district import District
from allocator.domain.policy import Mode, Policy
from allocator.errors import Fault
from allocator.solving.highs import Highs, Outcome
from allocator.solving.second_opinion import proves_infeasible
from allocator.text import LANGS, say

MOST_SCHOOLS = 400
"""Schools up to which rules about two schools are tried without: nearly every two then have an edge."""
SHOWN = 8
"""Demands that a sentence names."""


@dataclass(frozen=True)
class Setting:
    """All that a case is made of and that a demand may be dropped from."""

    district: District
    policy: Policy
    request: AllianceRequest


@dataclass(frozen=True)
class Demand:
    """One demand: its kind, its sentence in the catalogue `alliance`, and how to do without it."""

    kind: str
    key: str
    params: dict[str, object]
    without: Callable[[Setting], Setting]

    def text(self, lang: str) -> str:
        """The demand in words."""
        return say(f"alliance.{self.key}", lang, **self.params)  # type: ignore[arg-type]  # one of LANGS


def plan_exists(case: Case) -> bool | None:
    """Whether any plan obeys all that binds; no is proven by two solvers, None if neither is known in time."""
    program = rules_of(case)
    if program is None:
        return False
    model = program.model
    if not model.columns:
        return model.breach(np.zeros(0)) <= 0
    found = Highs(model, case.limits, case.stop).integers(np.zeros(model.columns))
    if found.x is not None:
        return True
    proven = found.outcome is Outcome.INFEASIBLE and proves_infeasible(model, case.limits, case.stop)
    return False if proven else None


def conflict(case: Case) -> tuple[Demand, ...]:
    """Demands that cannot hold together; empty where the time did not suffice to prove any."""
    setting = Setting(case.network.district, case.network.policy, case.request)
    left = list(_demands(case))
    for kind in dict.fromkeys(demand.kind for demand in left):
        group = [demand for demand in left if demand.kind == kind]
        setting, left = _without(case, setting, left, group)
        if len(group) > 1:
            for demand in [d for d in left if d.kind == kind]:
                setting, left = _without(case, setting, left, [demand])
    return tuple(left) if plan_exists(_case(case, setting)) is False else ()


def _without(
    case: Case, setting: Setting, left: list[Demand], group: list[Demand]
) -> tuple[Setting, list[Demand]]:
    """Drop some demands for good if there is no plan without them either."""
    dropped = setting
    for demand in group:
        dropped = demand.without(dropped)
    if case.stop.now or plan_exists(_case(case, dropped)) is not False:
        return setting, left
    return dropped, [demand for demand in left if demand not in group]


def _case(case: Case, setting: Setting) -> Case:
    links = collect_links(setting.district, setting.policy, case.schools)
    terms = Terms(case.schools, setting.policy, links)
    made = case_of(setting.district, terms, setting.request, case.limits, case.stop)
    return replace(made, included=case.included)


def _demands(case: Case) -> Iterator[Demand]:
    """Everything that may be left out; rules about two schools last, so that links matter under them all."""
    yield from _asked(case.request)
    if case.network.policy.active("A6"):
        for kind in (LinkKind.APART, LinkKind.TOGETHER):
            pairs = dict.fromkeys(
                tuple(sorted((link.school_a, link.school_b)))
                for link in case.network.district.links
                if link.link is kind
            )
            for one, other in pairs:
                yield _link(kind, one, other)
    if case.ties and case.network.policy.active("A8"):
        yield Demand("A8", "demand_A8", {"most": most_changes(case)}, lambda setting: _off(setting, "A8"))
    if len(case.schools) <= MOST_SCHOOLS:
        yield from _rules(case)


def _rules(case: Case) -> Iterator[Demand]:
    """Rules about two schools: standing, distance, stage."""
    for rule in ("A5", "A3", "A4"):
        if case.network.policy.active(rule):
            params: dict[str, object] = {f"rule_{lang}": rule_names((rule,), lang) for lang in LANGS}
            yield Demand(rule, "demand_rule", params, lambda setting, rule=rule: _off(setting, rule))  # type: ignore[misc]  # bound now


def _off(setting: Setting, rule: str) -> Setting:
    rules = setting.policy.rules.model_copy(update={rule: Mode.OFF})
    return replace(setting, policy=setting.policy.model_copy(update={"rules": rules}))


def _asked(request: AllianceRequest) -> Iterator[Demand]:
    """What was asked for on top of the rules."""

    def asking(**values: object) -> Callable[[Setting], Setting]:
        return lambda s: replace(s, request=replace(s.request, **values))  # type: ignore[arg-type]  # fields by name

    if request.leads is not None:
        yield Demand("leads", "demand_leads", {}, asking(leads=None))
    if request.capacities:
        yield Demand("capacities", "demand_capacities", {}, asking(capacities={}))
    if request.tags is not None:
        yield Demand("tags", "demand_tags", {}, asking(tags=None))
    if request.stable:
        yield Demand("stable", "demand_stable", {}, asking(stable=False))
    if request.groups is not None:
        yield Demand("groups", "demand_groups", {"count": request.groups}, asking(groups=None))
    for name, count in request.groups_in.items():
        yield Demand("groups_in", "demand_groups_in", {"count": count, "district": name}, _not_in(name))


def _not_in(name: str) -> Callable[[Setting], Setting]:
    def without(setting: Setting) -> Setting:
        rest = {other: count for other, count in setting.request.groups_in.items() if other != name}
        return replace(setting, request=replace(setting.request, groups_in=rest))

    return without


def _link(kind: LinkKind, one: str, other: str) -> Demand:
    def is_this(link: Link) -> bool:
        return link.link is kind and {link.school_a, link.school_b} == {one, other}

    def without(setting: Setting) -> Setting:
        links = tuple(link for link in setting.district.links if not is_this(link))
        return replace(setting, district=setting.district.model_copy(update={"links": links}))

    return Demand(kind.value, f"demand_{kind.value}", {"one": one, "other": other}, without)


def sentence(demands: tuple[Demand, ...]) -> Fault:
    """One sentence that names what cannot hold together."""
    params: dict[str, object] = {}
    for lang in LANGS:
        named = [demand.text(lang) for demand in demands[:SHOWN]]
        if len(demands) > SHOWN:
            named.append(say("alliance.demand_more", lang, count=len(demands) - SHOWN))
        params[f"demands_{lang}"] = say("common.enumeration", lang).join(named)
    key = "problem_conflict" if len(demands) > 1 else "problem_alone"
    return Fault(f"alliance.{key}", params=params)
