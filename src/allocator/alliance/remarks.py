"""What to tell a user of the data before any result: tags that nobody has, ranks that rest on nothing."""

from __future__ import annotations

from collections.abc import Iterator

from allocator.alliance.network import Network
from allocator.alliance.schools import STAGE_ORDER, Schools
from allocator.alliance.strength import Standing
from allocator.domain.allied import AllianceRequest
from allocator.domain.choices import Stage
from allocator.errors import Fault
from allocator.text import LANGS, say

NAMED = 10
"""Schools that a warning names."""


def remarks(network: Network, request: AllianceRequest) -> tuple[Fault, ...]:
    """Say what was asked for and is not there, and where the ranking of schools rests on nothing."""
    schools = network.schools
    idle = tuple(_idle_leads(network, request))
    if request.form == "hub":
        return (*_missing_tags(schools, request), *idle)
    return (*_unknown(schools), *(fault for stage in STAGE_ORDER for fault in _tied(schools, stage)), *idle)


def _idle_leads(network: Network, request: AllianceRequest) -> Iterator[Fault]:
    """Schools named as leads that could lead nobody."""
    if not request.leads:
        return
    used = {network.schools.ids[i] for ends in (network.edges.lead, network.edges.member) for i in set(ends)}
    idle = [code for code in request.leads if code not in used]
    if idle:
        yield Fault("alliance.idle_leads", "warning", params=_listed(idle))


def _missing_tags(schools: Schools, request: AllianceRequest) -> Iterator[Fault]:
    for tag in request.tags or ():
        if tag not in schools.tag_names:
            yield Fault("alliance.unknown_tag", "warning", value=tag)
    if request.tags is None and not schools.tag_names:
        yield Fault("alliance.no_tags", "warning")


def _unknown(schools: Schools) -> Iterator[Fault]:
    """Schools that rank last because nothing is known of them."""
    codes = list(dict.fromkeys(s.school_id for s in schools.standings.values() if s.basis == "unknown"))
    if codes:
        yield Fault("alliance.standing_unknown", "warning", table="schools", params=_listed(codes))


def _tied(schools: Schools, stage: Stage) -> Iterator[Fault]:
    """Schools between which only the code decides who is strong."""
    ranked = sorted((s for s in schools.standings.values() if s.stage is stage), key=lambda s: s.rank)
    cut = sum(s.strong for s in ranked)
    if not 0 < cut < len(ranked) or _merit(ranked[cut - 1]) != _merit(ranked[cut]):
        return
    codes = [s.school_id for s in ranked if _merit(s) == _merit(ranked[cut])]
    labels = {f"stage_{lang}": stage.label(lang) for lang in LANGS}
    yield Fault("alliance.standing_tied", "warning", table="schools", params={**_listed(codes), **labels})


def _merit(standing: Standing) -> tuple[object, ...]:
    return standing.basis, standing.score, standing.mean_ratio


def _listed(codes: list[str]) -> dict[str, object]:
    """How many schools, and the first of them in each language."""
    more = "…" if len(codes) > NAMED else ""
    named = {f"schools_{lang}": say("common.enumeration", lang).join(codes[:NAMED]) + more for lang in LANGS}
    return {"count": len(codes), **named}
