"""Why each teacher moves: facts of the plan that need no planning anew, and what was planned anew if any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allocator.domain.choices import LockAction
from allocator.domain.explanation import Statement, Why
from allocator.domain.plan import RuleAudit, rule_sentence
from allocator.domain.records import Teacher
from allocator.domain.spoken import Named, alike, moving, staying
from allocator.indicators.marginal import Marginals
from allocator.reporting.facts import COUNTY_BACKBONE, Facts, MoveLine
from allocator.reporting.grid import Column, Grid
from allocator.reporting.wording import reason_words
from allocator.rotation.candidates import classes
from allocator.rotation.explaining.alike import read_off
from allocator.rotation.explaining.statements import of_balance, of_person, of_posts
from allocator.rotation.facts import facts as model_facts
from allocator.text import say


@dataclass(frozen=True, slots=True)
class Explained:
    """One move in sentences.

    Attributes
    ----------
    title
        Who moves, from where, to where.
    because
        What speaks for the move, and against it.
    stays
        What follows if the teacher stays; empty where nobody asked.
    """

    line: MoveLine
    title: str
    because: tuple[str, ...]
    stays: tuple[str, ...]


def explanations(facts: Facts) -> tuple[Explained, ...]:
    """Explain every move, in the order of the list of moves."""
    if not facts.moves:
        return ()
    author = _Author(facts)
    return tuple(author.explain(line) for line in facts.moves)


class _Author:
    """Writes the explanations of one decision."""

    def __init__(self, facts: Facts) -> None:
        decision = facts.decision
        self.facts, self.lang = facts, facts.lang
        self.district = decision.district
        self.labels = Named(self.district, self.lang, show_names=facts.show_names)
        self.marginals = Marginals(self.district, decision.policy, decision.moves)
        approved = None if decision.replan is None else decision.replan.approved
        self.model = model_facts(self.district, decision.policy, decision.run.as_of, approved)
        self.groups = classes(self.model)
        self.moved = {m.teacher_id for m in decision.moves}
        found = () if decision.explanations is None else decision.explanations.whys
        self.whys = {why.teacher_id: why for why in found}
        self.audits = {} if decision.check is None else {a.rule: a for a in decision.check.rules}
        wanted = (LockAction.MOVE, LockAction.TO)
        self.locked = {k.teacher_id for k in self.district.locks if k.action in wanted}

    def explain(self, line: MoveLine) -> Explained:
        move = line.move
        title = moving(move, self.district, self.lang, self.labels)
        return Explained(line, title, tuple(self._because(line)), tuple(self._stays(move.teacher_id)))

    def _because(self, line: MoveLine) -> Iterator[str]:
        move = line.move
        teacher = self.district.teacher_by_id[move.teacher_id]
        if move.reason:
            yield self._say("recorded", reasons=reason_words(move.reason, self.lang))
        for statement in self._statements(line, teacher):
            yield statement.text(self.lang, self.labels)
        wishes = self.facts.wishes_of.get(move.teacher_id)
        if wishes and line.wish is None:
            names = (self.facts.school_name(school) for school in wishes.values())
            yield self._say("wish_not", schools=say("report.list_separator", self.lang).join(names))
        yield from self._counts(line, teacher)
        number = self.model.teacher_number[move.teacher_id]
        found = read_off(self.model, self.groups, number, self.moved)
        yield from alike(found, move.teacher_id, self.district, self.lang, self.labels)

    def _statements(self, line: MoveLine, teacher: Teacher) -> Iterator[Statement]:
        move = line.move
        if teacher.teacher_id in self.locked and self.facts.decision.policy.active("R11"):
            yield Statement("need_lock", "R11")
        why = self.whys.get(teacher.teacher_id)
        if why is not None:
            yield from (s for s in why.reasons if s.key == "need_rule")
        yield from of_posts(move, self.marginals.staffing(move))
        yield from of_balance(move, self.marginals.indicators(move))
        yield from of_person(move, line.wish, volunteer=bool(teacher.volunteer))

    def _counts(self, line: MoveLine, teacher: Teacher) -> Iterator[str]:
        """Shares that the move counts in."""
        quality = (
            self.district.school_by_id[s].quality for s in (line.move.from_school_id, line.move.to_school_id)
        )
        origin, new = quality
        counted = {
            "R6": True,
            "R7": teacher.backbone in COUNTY_BACKBONE,
            "R9": origin is not None and new is not None and new < origin,
        }
        for rule, counts in counted.items():
            audit = self.audits.get(rule)
            if counts and audit is not None and audit.verdict != "off":
                required = rule_sentence(rule, "required", audit.required, self.lang)
                achieved = rule_sentence(rule, "achieved", audit.achieved, self.lang)
                yield self._say(_sentence(audit), required=required, achieved=achieved)

    def _stays(self, teacher_id: str) -> Iterator[str]:
        if self.facts.decision.explanations is None:
            return
        why: Why | None = self.whys.get(teacher_id)
        if why is None:
            yield self._say("stays_open")
        elif why.otherwise is None:
            yield self._say("stays_lock")
        else:
            said = staying(why, self.district, self.lang, self.labels)
            yield from (line.removeprefix("- ") for line in said)

    def _say(self, name: str, **params: object) -> str:
        return say(f"why.{name}", self.lang, **params)


def _sentence(audit: RuleAudit) -> str:
    """Entry of the catalogue for a share; it says so if one move fewer would break the rule."""
    if audit.rule == "R6" and audit.achieved["moved"] == audit.required["low"]:
        return "counts_R6_tight"
    return f"counts_{audit.rule}"


def asked(facts: Facts) -> str:
    """Say for how many it was found what follows if they stay."""
    found = facts.decision.explanations
    if found is None:
        return say("why.not_explained", facts.lang)
    params = {
        "moved": found.moved,
        "explained": len(found.whys),
        "budget": found.budget,
        "seconds": found.seconds,
    }
    return say("why.explained" if found.whys else "why.explained_none", facts.lang, **params)


def why_grid(facts: Facts) -> Grid:
    """Table for the workbook: a teacher a row, sentences below each other."""
    lang = facts.lang
    heads = [
        Column(say("report.teacher_id", lang), "code"),
        Column(say("report.name", lang)),
        Column(say("report.from_school", lang), widest=20),
        Column(say("report.to_school", lang), widest=20),
        Column(say("why.col_because", lang), widest=100),
    ]
    planned = facts.decision.explanations is not None
    if planned:
        heads.append(Column(say("why.col_stays", lang), widest=60))
    rows = (
        (
            found.line.move.teacher_id,
            found.line.teacher,
            found.line.from_school,
            found.line.to_school,
            "\n".join(found.because),
            *(("\n".join(found.stays),) if planned else ()),
        )
        for found in facts.explained
    )
    return Grid("why", tuple(heads), tuple(rows))


def why_data(facts: Facts) -> dict[str, Any]:
    """What the page's script shows of a chosen teacher: code, name, title, reasons, what if."""
    return {
        "stays": say("why.col_stays", facts.lang),
        "moves": [
            [found.line.move.teacher_id, found.line.teacher, found.title, found.because, found.stays]
            for found in facts.explained
        ],
    }
