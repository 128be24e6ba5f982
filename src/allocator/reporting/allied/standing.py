"""Tables about the schools: indicators and standing, what sharing would lift, spread of the county."""

from __future__ import annotations

from allocator.domain.choices import AllianceRole
from allocator.domain.measures import INDICATORS, SectionMeasure
from allocator.domain.sharing import AllianceSharing, Sharing
from allocator.reporting.allied.ground import Ground
from allocator.reporting.grid import Change, Column, Grid, Judged, Kind, Value
from allocator.reporting.wording import indicator_label, percent, word
from allocator.text import say

DIGITS = {"I1": 2, "I2": 2, "I3": 2, "I4": 2, "I5": 2, "I6": 0, "I7": 2}
"""Digits of each indicator."""
Spec = tuple[str, Kind, int]
SHARED: tuple[Spec, ...] = (("met", "integer", 0), ("passed", "integer", 0), ("gap", "number", 3))
"""Figures of an alliance that have a value before and one after sharing."""


def schools_grid(ground: Ground) -> Grid:
    """One section a row: quality, rank, standing, the seven indicators, its alliances."""
    heads = (
        Column(ground.say("school_code"), "code"),
        Column(ground.say("school")),
        Column(ground.say("stage")),
        Column(ground.say("quality"), "number", 1),
        Column(ground.say("rank")),
        Column(ground.say("standing")),
        *(Column(i, "number", DIGITS[i]) for i in INDICATORS),
        Column(ground.say("district" if ground.form == "district" else "part"), widest=40),
    )
    return Grid("schools", heads, tuple(_school_row(ground, s) for s in ground.measures.sections))


def _school_row(ground: Ground, section: SectionMeasure) -> tuple[Value, ...]:
    school = ground.decision.district.school_by_id[section.school_id]
    standing = ground.standings[section.school_id, section.stage]
    thresholds = ground.decision.policy.thresholds(section.stage)
    return (
        section.school_id,
        ground.name(section.school_id),
        word(section.stage, ground.lang),
        school.quality,
        f"{standing.rank}/{standing.schools}",
        ground.say("strong" if standing.strong else "lower"),
        *(Judged(section.values[i], section.met[i], thresholds[i]) for i in INDICATORS),
        _part(ground, section.school_id),
    )


def _part(ground: Ground, school: str) -> str:
    if school in ground.district_of:
        return ground.district_of[school]
    parts = ground.parts.get(school, ())
    roles = {AllianceRole.LEAD: "role_lead", AllianceRole.MEMBER: "role_member"}
    return say("report.list_separator", ground.lang).join(ground.say(roles[r], code=code) for code, r in parts)


def sharing_grid(ground: Ground, sharing: Sharing) -> Grid:
    """What sharing would lift in each alliance."""
    heads = [Column(ground.say("code"), "code"), Column(ground.say("lead"))]
    for name, kind, digits in SHARED:
        label = ground.say(name)
        heads += [
            Column(ground.say(f"{m}_of", name=label), kind, digits, medium="book") for m in ("before", "after")
        ]
        heads.append(Column(label, kind, digits, medium="page"))
        if name != "gap":
            heads.append(Column(ground.say("known" if name == "met" else "of_sections"), "integer"))
    heads.append(Column(ground.say("radiation"), "percent", 1))
    leads = {a.code: ground.names(a.leads) for a in ground.alliances}
    return Grid(
        "sharing", tuple(heads), tuple(_sharing_row(a, leads[a.alliance_id]) for a in sharing.alliances)
    )


def _sharing_row(alliance: AllianceSharing, lead: str) -> tuple[Value, ...]:
    row: list[Value] = [alliance.alliance_id, lead]
    of = {"met": [alliance.known], "passed": [alliance.sections], "gap": []}
    for name, _, _ in SHARED:
        before, after = (getattr(alliance, f"{name}_{moment}") for moment in ("before", "after"))
        row += [before, after, Change(before, after), *of[name]]
    return (*row, alliance.radiation)


def spread_grid(ground: Ground, sharing: Sharing) -> Grid:
    """CV of every indicator before and after sharing, against its limit."""
    label = ground.say("cv")
    heads = (
        Column(ground.say("stage")),
        Column(say("report.indicator", ground.lang)),
        Column(say("report.limit", ground.lang), "number", 2),
        Column(ground.say("before_of", name=label), "number", 3),
        Column(ground.say("after_of", name=label), "number", 3),
    )
    rows = (
        (
            word(before.stage, ground.lang),
            indicator_label(before.indicator, ground.lang),
            before.limit,
            Judged(before.cv, before.met, before.limit),
            Judged(after.cv, after.met, after.limit),
        )
        for before, after in zip(sharing.before.counties, sharing.after.counties, strict=True)
        if before.cv is not None
    )
    return Grid("spread", heads, tuple(rows))


def sharing_summary(ground: Ground, sharing: Sharing) -> str:
    """Say in a sentence what sharing would lift in the county."""
    met = [sum(getattr(a, name) for a in sharing.alliances) for name in ("met_before", "met_after")]
    told = [[s.passed for s in m.sections if s.passed is not None] for m in (sharing.before, sharing.after)]
    verdicts = {"before": sum(told[0]), "after": sum(told[1]), "sections": len(told[0])}
    passed = ground.say("detail_passed", **verdicts) if any(told) else ground.say("detail_passed_unknown")
    radiation = percent(sharing.radiation)
    return ground.say("detail_sharing", passed=passed, met_before=met[0], met_after=met[1], radiation=radiation)
