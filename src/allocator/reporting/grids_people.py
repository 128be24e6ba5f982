"""The tables about teachers: the list of moves, and what became of the wishes."""

from __future__ import annotations

from allocator.domain.fields import columns
from allocator.domain.moverow import MoveRow
from allocator.reporting.facts import Facts, MoveLine, WishLine
from allocator.reporting.grid import Column, Grid, Judged, Value
from allocator.reporting.wording import word
from allocator.text import Lang, say

WISHES_SHOWN = 3


def moves_grid(facts: Facts) -> Grid:
    """List of moves; its columns can be read back as `MoveRow`."""
    lang = facts.lang
    headers = {spec.name: spec.header(lang) for spec in columns(MoveRow)}
    timed = any(line.move.minutes is not None for line in facts.moves)
    dated = any(line.move.year is not None for line in facts.moves)
    cells = [
        Column(headers["teacher_id"], "code"),
        Column(say("report.name", lang)),
        Column(headers["stage"]),
        Column(headers["subject"]),
        Column(say("report.from_school", lang), widest=32),
        Column(headers["from_school_id"], "code"),
        Column(say("report.to_school", lang), widest=32),
        Column(headers["to_school_id"], "code"),
        Column(headers["distance_km"], "number", 1),
        *([Column(headers["minutes"], "number")] if timed else []),
        *([Column(headers["year"], "code")] if dated else []),
        Column(say("report.reasons", lang), widest=46),
        Column(headers["reason"], "code", medium="book", printed=False),
    ]
    return Grid("moves", tuple(cells), tuple(_move_row(m, lang, timed, dated) for m in facts.moves))


def _move_row(line: MoveLine, lang: Lang, timed: bool, dated: bool) -> tuple[Value, ...]:
    move = line.move
    return (
        move.teacher_id,
        line.teacher,
        move.stage.label(lang),
        move.subject.label(lang),
        line.from_school,
        move.from_school_id,
        line.to_school,
        move.to_school_id,
        move.distance_km,
        *([move.minutes] if timed else []),
        *([None if move.year is None else str(move.year)] if dated else []),
        line.reasons,
        ";".join(move.reason),
    )


def moves_page_grid(facts: Facts) -> Grid:
    """List of moves for reading on a screen: schools with their codes in one column."""
    lang = facts.lang
    heads = (
        Column(say("report.teacher_id", lang), "code"),
        Column(say("report.name", lang)),
        Column(say("report.stage", lang)),
        Column(say("report.subject", lang)),
        Column(say("report.from_school_page", lang)),
        Column(say("report.to_school_page", lang)),
        Column(say("report.distance", lang), "number", 1),
        Column(say("report.reasons", lang)),
    )
    rows = (
        (
            m.move.teacher_id,
            m.teacher,
            word(m.move.stage, lang),
            word(m.move.subject, lang),
            _school_with_id(m.from_school, m.move.from_school_id, lang),
            _school_with_id(m.to_school, m.move.to_school_id, lang),
            m.move.distance_km,
            m.reasons,
        )
        for m in facts.moves
    )
    return Grid("moves", heads, tuple(rows))


def _school_with_id(name: str, school_id: str, lang: Lang) -> str:
    return school_id if name == school_id else say("report.school_with_id", lang, name=name, id=school_id)


def wishes_grid(facts: Facts, *, moved_only: bool = False) -> Grid:
    """What became of the wishes."""
    lang = facts.lang
    heads = (
        Column(say("report.teacher_id", lang), "code"),
        Column(say("report.name", lang)),
        Column(say("report.present_school", lang), widest=30),
        *(Column(say("report.wish", lang, rank=k + 1), widest=30) for k in range(WISHES_SHOWN)),
        Column(say("report.to_school_page", lang), widest=30),
        Column(say("report.wish_result", lang), "mark"),
    )
    lines = [line for line in facts.wishes if line.to_school is not None or not moved_only]
    return Grid("wishes", heads, tuple(_wish_row(line, lang) for line in lines))


def _wish_row(line: WishLine, lang: Lang) -> tuple[Value, ...]:
    wishes = (*line.wishes, "", "", "")[:WISHES_SHOWN]
    if line.to_school is None:
        result = Judged(say("report.wish_stays", lang), None)
    elif line.granted is None:
        result = Judged(say("report.wish_elsewhere", lang), None)
    else:
        result = Judged(say("report.wish_granted", lang, rank=line.granted), True)
    return (line.teacher_id, line.teacher, line.from_school, *wishes, line.to_school or "", result)
