"""The tables about the plan as a whole: levels, spread, rules, breaches, notes on the data."""

from __future__ import annotations

from collections.abc import Sequence

from allocator.domain.plan import LEVEL_UNITS, Level, RuleAudit, Violation, rule_sentence
from allocator.errors import Fault
from allocator.reporting.facts import Facts, SpreadLine
from allocator.reporting.grid import Change, Column, Exact, Grid, Judged, Value
from allocator.reporting.money.facts import MoneyFacts
from allocator.reporting.summary import PROVEN_GAP
from allocator.reporting.wording import gap_text, indicator_label, word
from allocator.text import Lang, say

LEVEL_DIGITS = {"breaches": 1, "changes": 0, "staffing": 0, "balance": 5, "burden": 1}
LEVEL_DIGITS |= {"coverage": 0, "benefit": 4, "evenness": 2, "distance": 1}
LEVEL_DIGITS |= {"pupils": 4, "strong": 4, "cut": 0}
SPREAD_DIGITS = {"cv": 3, "mean": 2, "gini": 3, "theil": 3, "mcloone": 3}


def spread_grid(facts: Facts | MoneyFacts) -> Grid:
    """CV against its limit, mean, Gini, Theil and McLoone, before and after."""
    lang = facts.lang
    heads = [
        Column(say("report.stage", lang)),
        Column(say("report.indicator", lang)),
        Column(say("report.unit", lang)),
        Column(say("report.limit", lang), "number", 2),
    ]
    for name, digits in SPREAD_DIGITS.items():
        label = say(f"report.{name}", lang)
        heads += [
            Column(say(f"report.of_{m}", lang, name=label), "number", digits, widest=9, medium="book")
            for m in ("before", "after")
        ]
        heads.append(Column(label, "number", digits, medium="page"))
    heads.append(Column(say("report.counted", lang), "integer", widest=9))
    return Grid("spread", tuple(heads), tuple(_spread_row(line, lang) for line in facts.spread))


def _spread_row(line: SpreadLine, lang: Lang) -> tuple[Value, ...]:
    before, after = line.before, line.after
    measures: list[Value] = [
        Judged(before.cv, before.met, before.limit),
        Judged(after.cv, after.met, after.limit),
        Change(before.cv, after.cv, after.met, after.limit),
    ]
    for name in list(SPREAD_DIGITS)[1:]:
        values = (getattr(before, name), getattr(after, name))
        measures += [*values, Change(*values)]
    return (
        word(before.stage, lang),
        indicator_label(before.indicator, lang),
        say(f"report.{before.indicator}_unit", lang),
        before.limit,
        *measures,
        after.counted,
    )


def rules_grid(facts: Facts | MoneyFacts) -> Grid:
    """Rule by rule: required, achieved, verdict."""
    check = facts.decision.check
    return rules_table(() if check is None else check.rules, facts.lang)


def rules_table(audits: Sequence[RuleAudit], lang: Lang) -> Grid:
    """Rule by rule: required, achieved, verdict."""
    heads = (
        Column(say("report.rule", lang)),
        Column(say("report.rule_name", lang), widest=24),
        Column(say("report.required", lang), widest=52),
        Column(say("report.achieved", lang), widest=46),
        Column(say("report.verdict", lang), "mark"),
    )
    return Grid("rules", heads, tuple(_rule_row(audit, lang) for audit in audits))


def _rule_row(audit: RuleAudit, lang: Lang) -> tuple[Value, ...]:
    name = f"rules.{audit.rule}"
    met = {"met": True, "broken": False, "relaxed": False, "off": None}[audit.verdict]
    achieved = "" if audit.verdict == "off" else rule_sentence(audit.rule, "achieved", audit.achieved, lang)
    return (
        audit.rule,
        say(f"{name}_name", lang),
        rule_sentence(audit.rule, "required", audit.required, lang),
        achieved,
        Judged(say(f"levels.{audit.verdict}", lang), met),
    )


def violations_grid(facts: Facts | MoneyFacts) -> Grid:
    """Every breach; its sentence says the amount and unit."""
    return violations_table(facts.decision.violations, facts.lang)


def violations_table(found: Sequence[Violation], lang: Lang) -> Grid:
    """Every breach; its sentence says the amount and unit."""
    heads = (
        Column(say("report.rule", lang)),
        Column(say("report.rule_name", lang), widest=24),
        Column(say("report.breach", lang), widest=90),
        Column(say("conflict.price", lang), "number", 1),
    )
    rows = ((v.rule, say(f"rules.{v.rule}_name", lang), v.text(lang), v.price) for v in found)
    return Grid("violations", heads, tuple(rows))


def levels_grid(facts: Facts) -> Grid:
    """Objective levels with bound and gap."""
    return levels_table(facts.decision.levels, facts.lang)


def levels_table(found: Sequence[Level], lang: Lang) -> Grid:
    """Objective levels with bound and gap."""
    names = ("before", "level_final", "level_best", "level_bound")
    heads = (
        Column(say("report.level", lang)),
        Column(say("report.unit", lang)),
        *(Column(say(f"report.{name}", lang), "number") for name in names),
        Column(say("report.level_gap", lang), "number"),
        Column(say("report.level_proof", lang)),
    )
    return Grid("levels", heads, tuple(_level_row(level, lang) for level in found))


def _level_row(level: Level, lang: Lang) -> tuple[Value, ...]:
    digits = LEVEL_DIGITS[level.name]
    values = (level.before, level.final, level.value, level.bound)
    return (
        say(f"levels.{level.name}", lang),
        say(f"levels.{level.name}_unit", lang) if level.name in LEVEL_UNITS else level.unit,
        *(Exact(value, digits) for value in values),
        gap_text(level.gap),
        _proof(level, lang),
    )


def _proof(level: Level, lang: Lang) -> str:
    if level.gap is None:
        return say("report.level_open", lang)
    if level.gap <= PROVEN_GAP:
        return say("levels.optimal", lang)
    return say("report.level_within", lang, gap=gap_text(level.gap))


def warnings_grid(facts: Facts | MoneyFacts) -> Grid:
    """Faults of the input that did not stop the run."""
    return warnings_table(facts.decision.warnings, facts.lang)


def warnings_table(found: Sequence[Fault], lang: Lang) -> Grid:
    """Faults of the input that did not stop the run."""
    heads = (Column(say("report.place", lang), widest=44), Column(say("report.note", lang), widest=90))
    return Grid("warnings", heads, tuple((fault.place(lang), fault.text(lang)) for fault in found))
