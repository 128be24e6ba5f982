"""The tables about a conflict of rules: its members with their witnesses, and how many can move where."""

from __future__ import annotations

from allocator.domain.conflict import Capacity, Member
from allocator.domain.plan import rule_sentence
from allocator.reporting.facts import Facts
from allocator.reporting.grid import Column, Grid, Value
from allocator.reporting.wording import word
from allocator.text import Lang, say

MOST_WITNESSES = 40
"""Breaches told in one cell; more do not help a reader."""


def conflict_grids(facts: Facts) -> tuple[Grid, ...]:
    """Tables of a conflict; none where there is no conflict."""
    conflict = facts.decision.conflict
    if conflict is None:
        return ()
    members = Grid(
        "conflict", _heads(facts.lang), tuple(_row(member, facts.lang) for member in conflict.members)
    )
    if not conflict.capacity:
        return (members,)
    rows = tuple(_capacity_row(facts, row) for row in conflict.capacity)
    return members, Grid("capacity", _capacity_heads(facts.lang), rows)


def _heads(lang: Lang) -> tuple[Column, ...]:
    return (
        Column(say("report.rule", lang)),
        Column(say("report.rule_name", lang), widest=24),
        Column(say("report.required", lang), widest=40),
        Column(say("conflict.col_reached", lang), widest=32),
        Column(say("conflict.col_gives", lang), widest=20),
        Column(say("conflict.col_where", lang), widest=40),
        Column(say("conflict.col_witness", lang), widest=60),
    )


def _row(member: Member, lang: Lang) -> tuple[Value, ...]:
    where = [element.text(lang) for element in member.elements] or [say("conflict.rule", lang)]
    return (
        member.rule,
        say(f"rules.{member.rule}_name", lang),
        rule_sentence(member.rule, "required", member.required, lang),
        member.reached(lang),
        member.gives(lang),
        _joined(where, lang),
        _joined([violation.text(lang) for violation in member.witnesses], lang),
    )


def _joined(sentences: list[str], lang: Lang) -> str:
    shown = sentences[:MOST_WITNESSES]
    if len(sentences) > len(shown):
        shown.append(say("conflict.more", lang, count=len(sentences) - len(shown)))
    return say("report.list_separator", lang).join(shown)


def _capacity_heads(lang: Lang) -> tuple[Column, ...]:
    return (
        Column(say("report.school_id", lang), "code"),
        Column(say("report.school", lang)),
        Column(say("report.stage", lang)),
        Column(say("report.subject", lang)),
        Column(say("conflict.col_able", lang), "integer"),
        Column(say("conflict.col_possible", lang), "integer"),
    )


def _capacity_row(facts: Facts, row: Capacity) -> tuple[Value, ...]:
    lang = facts.lang
    return (
        row.school_id,
        facts.school_name(row.school_id),
        word(row.stage, lang),
        word(row.subject, lang),
        row.eligible,
        row.possible,
    )
