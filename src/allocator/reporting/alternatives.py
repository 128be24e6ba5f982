"""The page about alternatives: what each is worth, how far they lie apart, and who is treated differently."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.domain.plan import Move
from allocator.domain.several import Alternatives
from allocator.reporting.booklet import Booklet, Part
from allocator.reporting.facts import Facts
from allocator.reporting.grid import Column, Grid, Value
from allocator.reporting.several import gap_cell, heading, level_columns, level_values
from allocator.reporting.wording import percent, word
from allocator.text import Lang, say


def alternatives_booklet(result: Alternatives, lang: Lang, *, show_names: bool = False) -> Booklet:
    """Put the page together."""
    title, below = heading(result.plan, "alternatives", lang)
    found, loss = len(result.others), percent(result.loss, 2)
    headline = (
        say("several.alternatives_found", lang, count=found) if found else say("several.none_found", lang)
    )
    parts = (
        Part(_plans(result, lang), say("several.plans", lang), say("several.plans_about", lang, loss=loss)),
        Part(_matrix(result, lang), say("several.distances", lang), say("several.distances_about", lang)),
        Part(
            _differences(result, lang, show_names),
            say("several.differences", lang),
            say("several.differences_about", lang),
        ),
    )
    return Booklet(
        title,
        below,
        headline,
        "good" if found else "fair",
        (say(f"several.alternatives_end_{result.end}", lang),),
        parts,
        lang,
        result.plan.run.as_of,
    )


def plan_name(k: int, lang: Lang) -> str:
    """Name of a plan by its number; 0 is the best."""
    return say("several.best_plan", lang) if k == 0 else say("several.alternative", lang, number=k)


def _plans(result: Alternatives, lang: Lang) -> Grid:
    heads = (
        Column(say("several.plan", lang)),
        *level_columns(result.plan, lang),
        Column(say("several.moved", lang), "integer"),
        Column(say("several.nearest", lang), "integer"),
        Column(say("several.nearest_bound", lang), "integer"),
        Column(say("several.gap", lang)),
    )
    rows: list[tuple[Value, ...]] = []
    for k, decision in enumerate(result.decisions):
        other = result.others[k - 1] if k else None
        apart = (None, None, "") if other is None else (other.distance, other.bound, gap_cell(other.gap))
        rows.append((plan_name(k, lang), *level_values(decision), len(decision.moves), *apart))
    return Grid("plans", heads, tuple(rows))


def _matrix(result: Alternatives, lang: Lang) -> Grid:
    names = [plan_name(k, lang) for k in range(len(result.distances))]
    heads = (Column(say("several.plan", lang)), *(Column(name, "integer") for name in names))
    rows = (tuple[Value, ...]((names[k], *row)) for k, row in enumerate(result.distances))
    return Grid("distances", heads, tuple(rows))


def differing(result: Alternatives) -> list[tuple[str, list[Move | None]]]:
    """Teachers whose decision is not the same in all plans, each with the moves plan by plan."""
    by_plan: list[Mapping[str, Move]] = [{m.teacher_id: m for m in d.moves} for d in result.decisions]
    teachers = sorted({t for plan in by_plan for t in plan})
    rows = [(t, [plan.get(t) for plan in by_plan]) for t in teachers]
    return [(t, moves) for t, moves in rows if len({_decision(m) for m in moves}) > 1]


def _decision(move: Move | None) -> tuple[str, str] | None:
    return None if move is None else (move.to_school_id, move.subject.value)


def _differences(result: Alternatives, lang: Lang, show_names: bool) -> Grid:
    facts = Facts(result.plan, lang, show_names)
    people = result.plan.district.teacher_by_id
    heads = (
        Column(say("report.teacher_id", lang), "code"),
        Column(say("report.name", lang)),
        Column(say("report.stage", lang)),
        Column(say("report.subject", lang)),
        Column(say("report.from_school_page", lang), widest=28),
        *(Column(plan_name(k, lang), widest=28) for k in range(len(result.decisions))),
    )
    rows = (
        tuple[Value, ...](
            (
                teacher,
                facts.teacher_name(teacher),
                word(people[teacher].stage, lang),
                word(people[teacher].subject, lang),
                facts.school_name(people[teacher].school_id),
                *(
                    say("several.stays", lang) if m is None else facts.school_name(m.to_school_id)
                    for m in moves
                ),
            )
        )
        for teacher, moves in differing(result)
    )
    return Grid("differences", heads, tuple(rows))
