"""A conflict of rules, and a plan in which rules give way, on the terminal."""

from __future__ import annotations

from rich.text import Text

from allocator.cli import show
from allocator.domain.conflict import Conflict, Member
from allocator.domain.plan import CheckReport
from allocator.text import Lang, say

MOST_LINES = 12
"""Witnesses of one rule shown on the terminal; the report has them all."""


def conflict(found: Conflict | None, lang: Lang) -> None:
    """Print which rules cannot hold together, and how each would have to give way."""
    if found is None:
        show.out.print(say("conflict.not_found", lang), style="yellow")
        return
    show.out.print(say("conflict.title", lang), style="bold red")
    for sentence in found.sentences(lang):
        show.out.print(sentence, soft_wrap=True, markup=False)
    for member in found.members:
        _member(member, lang)


def _member(member: Member, lang: Lang) -> None:
    show.out.print(Text(f"{member.rule} {say(f'rules.{member.rule}_name', lang)}", "bold"))
    for sentence in member.sentences(lang):
        show.out.print(Text(f"    {sentence}"), soft_wrap=True)
    lines = [element.text(lang) for element in member.elements]
    lines += [violation.text(lang) for violation in member.witnesses]
    for line in lines[:MOST_LINES]:
        show.out.print(Text(f"      - {line}", "dim"), soft_wrap=True)
    if len(lines) > MOST_LINES:
        more = say("conflict.more", lang, count=len(lines) - MOST_LINES)
        show.out.print(Text(f"      {more}", "dim"))


def relaxed(report: CheckReport, lang: Lang) -> None:
    """Print every breach of an elastic rule, with the total price."""
    if report.relaxed:
        summary = say("conflict.relaxed_summary", lang, count=len(report.relaxed), price=f"{report.price:g}")
        show.out.print(summary, style="bold yellow")
        show.breaches(report.relaxed, lang)
