"""Who changes and why: the decisions of a replanned plan that differ from the approved one."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.domain.change import Change
from allocator.domain.plan import Decision, Move
from allocator.reporting.facts import Facts
from allocator.reporting.grid import Column, Grid
from allocator.reporting.htmltable import table
from allocator.reporting.markup import Html, join, tag
from allocator.reporting.wording import word
from allocator.text import Lang, say

COLUMNS = ("teacher", "name", "home", "before", "after", "kind", "cause")
WIDEST = {"home": 30, "before": 32, "after": 32, "cause": 60}


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change in words."""

    teacher_id: str
    name: str
    home: str
    before: str
    after: str
    kind: str
    cause: str


def change_lines(decision: Decision, lang: Lang, *, show_names: bool = False) -> list[ChangeLine]:
    """Every change in words, in the order of the decision; none for a plan that was not replanned."""
    facts = Facts(decision, lang, show_names)
    return [] if decision.replan is None else [_line(facts, change) for change in decision.replan.changes]


def changes_grid(facts: Facts) -> Grid:
    """Table of the changes."""
    heads = (
        Column(
            say(f"replan.col_{name}", facts.lang),
            "code" if name == "teacher" else "text",
            widest=WIDEST.get(name, 40),
        )
        for name in COLUMNS
    )
    lines = change_lines(facts.decision, facts.lang, show_names=facts.show_names)
    rows = ((x.teacher_id, x.name, x.home, x.before, x.after, x.kind, x.cause) for x in lines)
    return Grid("changes", tuple(heads), tuple(rows))


def changes_section(facts: Facts) -> Html:
    """Section of the page: the count in words, then the table."""
    replan, lang = facts.decision.replan, facts.lang
    if replan is None or not replan.changes:
        return tag("p", say("replan.unchanged", lang), class_="nothing")
    params = {"approved": len(replan.approved), "count": replan.count, "gone": replan.gone}
    drawn = table(changes_grid(facts), say("replan.title", lang), lang, search=say("report.search_any", lang))
    return join(
        [
            tag("p", say("replan.summary", lang, **params)),
            tag("p", say("report.about_changes", lang), class_="about"),
            drawn,
        ]
    )


def _line(facts: Facts, change: Change) -> ChangeLine:
    teacher = facts.decision.district.teacher_by_id.get(change.teacher_id)
    return ChangeLine(
        change.teacher_id,
        facts.teacher_name(change.teacher_id),
        "" if teacher is None else facts.school_name(teacher.school_id),
        _decision(facts, change, change.before),
        say("replan.no_decision", facts.lang)
        if change.kind == "gone"
        else _decision(facts, change, change.after),
        say(f"replan.kind_{change.kind}", facts.lang),
        change.text(facts.lang),
    )


def _decision(facts: Facts, change: Change, move: Move | None) -> str:
    if move is None:
        return say("replan.stay", facts.lang)
    params = {"school": facts.school_name(move.to_school_id), "subject": word(move.subject, facts.lang)}
    return say(
        "replan.goes_teaching" if change.kind == "other_subject" else "replan.goes", facts.lang, **params
    )
