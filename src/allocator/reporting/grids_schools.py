"""The tables about schools: teachers, indicators and posts, section by section."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.domain.choices import Stage
from allocator.domain.measures import INDICATORS, MOVABLE, SectionMeasure
from allocator.reporting.facts import Facts, SectionChange
from allocator.reporting.grid import Change, Column, Grid, Judged, Value
from allocator.reporting.wording import indicator_label, word
from allocator.text import Lang, say

INDICATOR_DIGITS = {"I6": 0}
SECTION_COUNTS = (
    "pupils",
    "teachers_before",
    "departures",
    "arrivals",
    "teachers_after",
    "backbone_before",
    "backbone_departures",
    "backbone_arrivals",
    "backbone_after",
    "unfilled_before",
    "unfilled_after",
)


def schools_grid(facts: Facts) -> Grid:
    """Teachers, backbone teachers and unfilled posts of every section; I1-I3 beside them on the page."""
    lang = facts.lang
    heads = [
        Column(say("report.school", lang), widest=32),
        Column(say("report.school_id", lang), "code"),
        Column(say("report.stage", lang)),
        *(Column(say(f"report.{name}", lang), "integer", widest=11, medium="book") for name in SECTION_COUNTS),
        *_page_columns(lang),
    ]
    measures = {(b.school_id, b.stage): (b, a) for b, a in facts.measured}
    rows = tuple(
        (
            s.school,
            s.school_id,
            word(s.stage, lang),
            *(getattr(s, name) for name in SECTION_COUNTS),
            *_page_values(s, *measures[s.school_id, s.stage], facts.decision.policy.thresholds(s.stage)),
        )
        for s in facts.sections
    )
    return Grid("schools", tuple(heads), rows)


def _page_columns(lang: Lang) -> tuple[Column, ...]:
    plain = ("pupils", "teachers", "departures", "arrivals", "backbone", "unfilled")
    heads = [Column(say(f"report.{name}", lang), "integer", medium="page") for name in plain]
    heads += [Column(indicator_label(i, lang), "number", 2, medium="page") for i in MOVABLE]
    return (*heads, Column(say("report.passed", lang), "mark", medium="page"))


def _page_values(
    s: SectionChange, before: SectionMeasure, after: SectionMeasure, thresholds: Mapping[str, float]
) -> tuple[Value, ...]:
    return (
        s.pupils,
        Change(s.teachers_before, s.teachers_after),
        s.departures,
        s.arrivals,
        Change(s.backbone_before, s.backbone_after),
        Change(s.unfilled_before, s.unfilled_after),
        *(Change(before.values[i], after.values[i], after.met[i], thresholds[i]) for i in MOVABLE),
        after.passed,
    )


def indicators_grid(facts: Facts) -> Grid:
    """All indicators of every section; I1-I3 before and after, the thresholds above the header."""
    lang = facts.lang
    heads = [
        Column(say("report.school", lang), widest=32),
        Column(say("report.school_id", lang), "code"),
        Column(say("report.stage", lang)),
        Column(say("report.pupils", lang), "integer"),
    ]
    for i in INDICATORS:
        label, digits = indicator_label(i, lang), INDICATOR_DIGITS.get(i, 2)
        both = [say(f"report.of_{m}", lang, name=label) for m in ("before", "after")]
        names = both if i in MOVABLE else [label]
        heads += [Column(name, "number", digits, widest=9) for name in names]
    heads += [
        Column(say(f"report.of_{m}", lang, name=say("report.passed", lang)), "mark", widest=9)
        for m in ("before", "after")
    ]
    rows = tuple(_measured_row(facts, before, after) for before, after in facts.measured)
    preface = tuple(_threshold_row(facts, stage) for stage in Stage)
    return Grid("indicators", tuple(heads), rows, preface)


def _measured_row(facts: Facts, before: SectionMeasure, after: SectionMeasure) -> tuple[Value, ...]:
    thresholds = facts.decision.policy.thresholds(before.stage)
    values: list[Value] = []
    for i in INDICATORS:
        moments = (before, after) if i in MOVABLE else (after,)
        values += [Judged(m.values[i], m.met[i], thresholds[i]) for m in moments]
    name = facts.school_name(before.school_id)
    head = (name, before.school_id, word(before.stage, facts.lang), before.pupils)
    return (*head, *values, before.passed, after.passed)


def _threshold_row(facts: Facts, stage: Stage) -> tuple[Value, ...]:
    thresholds = facts.decision.policy.thresholds(stage)
    label = say("report.threshold", facts.lang, stage=word(stage, facts.lang))
    values: list[Value] = []
    for i in INDICATORS:
        values += [thresholds[i]] * (2 if i in MOVABLE else 1)
    return (label, None, None, None, *values, None, None)


def unfilled_grid(facts: Facts) -> Grid:
    """Posts without a teacher, before or after."""
    lang = facts.lang
    counts = ("posts", "before", "after", "unfilled_before", "unfilled_after")
    labels = ("posts", "teachers_before", "teachers_after", "unfilled_before", "unfilled_after")
    heads = (
        Column(say("report.school", lang), widest=32),
        Column(say("report.school_id", lang), "code"),
        Column(say("report.stage", lang)),
        Column(say("report.subject", lang)),
        *(Column(say(f"report.{name}", lang), "integer") for name in labels),
    )
    rows = tuple(
        (
            facts.school_name(row.school_id),
            row.school_id,
            word(row.stage, lang),
            word(row.subject, lang),
            *(getattr(row, name) for name in counts),
        )
        for row in facts.unfilled
    )
    return Grid("unfilled", heads, rows)


def subjects_grid(facts: Facts) -> Grid:
    """Posts, teachers and unfilled posts by stage and subject."""
    lang = facts.lang
    counts = ("posts", "before", "after", "unfilled_before", "unfilled_after")
    labels = ("posts", "teachers_before", "teachers_after", "unfilled_before", "unfilled_after")
    heads = (
        Column(say("report.stage", lang)),
        Column(say("report.subject", lang)),
        *(Column(say(f"report.{name}", lang), "integer") for name in labels),
    )
    rows = tuple(
        (word(s.stage, lang), word(s.subject, lang), *(getattr(s, name) for name in counts))
        for s in facts.subjects
    )
    return Grid("subjects", heads, rows)
