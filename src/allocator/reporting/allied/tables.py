"""Tables about alliances: who is with whom, why that is worth it, who stays outside, what changed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from math import fsum

from allocator.domain.alliance_words import change_text
from allocator.domain.choices import Stage
from allocator.domain.worth import Term, Tie
from allocator.reporting.allied.ground import Alliance, Ground
from allocator.reporting.charts import pupils_of
from allocator.reporting.grid import Column, Grid, Value
from allocator.reporting.wording import number, word
from allocator.text import say

BENEFIT, KM = 4, 2
"""Digits of a benefit and of kilometres."""


def alliances_grid(ground: Ground) -> Grid:
    """One alliance a row; learning districts with their towns."""
    return _districts(ground) if ground.form == "district" else _alliances(ground)


def _alliances(ground: Ground) -> Grid:
    tags = {} if ground.decision.plan is None else ground.decision.plan.tags
    several = any(len(a.members) > 1 for a in ground.alliances)
    heads = [
        Column(ground.say("code"), "code"),
        *([Column(ground.say("tag"))] if tags else []),
        Column(ground.say("lead")),
        Column(ground.say("members" if several else "member"), widest=60),
        *([Column(ground.say("count"), "integer")] if several else []),
        Column(ground.say("km"), "number", KM),
        Column(ground.say("benefit"), "number", BENEFIT),
        Column(ground.say("since"), "code"),
    ]
    rows = []
    for alliance in ground.alliances:
        row: list[Value] = [alliance.code]
        row += [tags.get(alliance.code)] if tags else []
        row += [ground.names(alliance.leads), ground.names(alliance.members)]
        row += [len(alliance.members)] if several else []
        since = "" if alliance.since is None else str(alliance.since)
        rows.append((*row, *_sums(ground, alliance), since))
    return Grid("alliances", tuple(heads), tuple(rows))


def _sums(ground: Ground, alliance: Alliance) -> tuple[float, float]:
    ties = ground.ties.get(alliance.code, [])
    return fsum(t.worth.km or 0.0 for t in ties), fsum(t.worth.benefit for t in ties)


def _districts(ground: Ground) -> Grid:
    heads = (
        Column(ground.say("district"), "code"),
        Column(ground.say("towns"), widest=60),
        Column(ground.say("schools_count"), "integer"),
        Column(ground.say("pupils"), "integer"),
        Column(ground.say("sections_count")),
        Column(ground.say("strong_count"), "integer"),
    )
    plan = ground.decision.plan
    towns: defaultdict[str, list[str]] = defaultdict(list)
    for town, code in ({} if plan is None else plan.districts).items():
        towns[code].append(town)
    return Grid("alliances", heads, tuple(_district_row(ground, c, towns[c]) for c in sorted(towns)))


def _district_row(ground: Ground, code: str, towns: list[str]) -> tuple[Value, ...]:
    schools = [s for s in ground.decision.district.schools if ground.district_of.get(s.school_id) == code]
    sections = [" / ".join(str(sum(stage in s.stages for s in schools)) for stage in Stage)]
    strong = sum(ground.standings[s.school_id, stage].strong for s in schools for stage in s.stages)
    separator = say("common.enumeration", ground.lang)
    pupils = sum(pupils_of(s) or 0 for s in schools)
    return (code, separator.join(sorted(towns)), len(schools), pupils, *sections, strong)


def ties_grid(ground: Ground) -> Grid:
    """Every member with its lead, and the benefit number by number."""
    heads = (
        Column(ground.say("code"), "code"),
        Column(ground.say("lead")),
        Column(ground.say("member")),
        Column(ground.say("km"), "number", KM),
        Column(ground.say("complementarity"), "number", BENEFIT),
        Column(ground.say("terms"), widest=60),
        Column(ground.say("tag_points")),
        Column(ground.say("wish"), "number", 2),
        Column(ground.say("benefit"), "number", BENEFIT),
    )
    return Grid("ties", heads, tuple(_tie_row(ground, tie) for tie in ground.decision.ties))


def _tie_row(ground: Ground, tie: Tie) -> tuple[Value, ...]:
    worth = tie.worth
    terms = say("report.list_separator", ground.lang).join(_term(ground, t) for t in worth.terms)
    tags = say("common.enumeration", ground.lang).join(worth.shared_tags)
    points = number(worth.tag_points, 2)
    return (
        tie.alliance_id,
        ground.name(tie.lead),
        ground.name(tie.member),
        worth.km,
        fsum(t.counted for t in worth.terms),
        terms or ground.say("no_terms"),
        ground.say("tag_text", points=points, tags=tags) if tags else points,
        worth.wish,
        worth.benefit,
    )


def _term(ground: Ground, term: Term) -> str:
    numbers = {name: number(getattr(term, name), 3) for name in ("surplus", "deficit", "counted")}
    return ground.say("term", stage=word(term.stage, ground.lang), indicator=term.indicator, **numbers)


def outside_grid(ground: Ground) -> Grid:
    """Schools that stay outside and why."""
    heads = (
        Column(ground.say("school_code"), "code"),
        Column(ground.say("school")),
        Column(ground.say("reason"), widest=90),
    )
    rows = ((o.school_id, ground.name(o.school_id), o.text(ground.lang)) for o in ground.decision.outside)
    return Grid("outside", heads, tuple(rows))


def blocking_grid(ground: Ground) -> Grid:
    """Two schools that would both gain by leaving their partners."""
    heads = (
        Column(ground.say("lead")),
        Column(ground.say("member")),
        Column(ground.say("own_benefit"), "number", BENEFIT),
        Column(ground.say("km"), "number", KM),
        Column(ground.say("lead_now")),
        Column(ground.say("lead_benefit"), "number", BENEFIT),
        Column(ground.say("member_now")),
        Column(ground.say("member_benefit"), "number", BENEFIT),
    )
    rows = (
        (
            ground.name(p.lead),
            ground.name(p.member),
            p.benefit,
            p.km,
            ground.name(p.lead_partner),
            p.lead_benefit,
            ground.name(p.member_partner),
            p.member_benefit,
        )
        for p in ground.decision.blocking
    )
    return Grid("blocking", heads, tuple(rows))


def changes_grid(ground: Ground) -> Grid:
    """Schools of the last period that are together no more, why, and what keeping them would cost."""
    heads = (
        Column(ground.say("code"), "code"),
        Column(ground.say("former_lead")),
        Column(ground.say("former_member")),
        Column(ground.say("lead_partners")),
        Column(ground.say("member_partners")),
        Column(ground.say("why_cost"), widest=80),
    )
    rows = []
    for change in ground.decision.changes:
        lead, member = ground.name(change.lead), ground.name(change.member)
        why = change_text(replace(change, lead=lead, member=member), ground.lang)
        now = (ground.names(schools) or ground.name(None) for schools in (change.lead_now, change.member_now))
        rows.append((change.alliance_id, lead, member, *now, why))
    return Grid("changes", heads, tuple(rows))


def problems_grid(ground: Ground) -> Grid:
    """Why no plan is possible."""
    rows = ((fault.text(ground.lang),) for fault in ground.decision.problems)
    return Grid("problems", (Column(ground.say("reason"), widest=110),), tuple(rows))
