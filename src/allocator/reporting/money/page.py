"""`report.html` of a split: verdict, tables and charts in one file that opens without a network."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from allocator.domain.funding import FundingDecision
from allocator.reporting.booklet import Booklet, Part
from allocator.reporting.grid import Column, Grid
from allocator.reporting.grids_plan import rules_grid, spread_grid, violations_grid, warnings_grid
from allocator.reporting.money import charts, grids
from allocator.reporting.money.alliances import bundled_grid
from allocator.reporting.money.facts import MoneyFacts, words
from allocator.reporting.money.fewest import fewest_grid, touched_grid
from allocator.reporting.money.prices import prices_grid
from allocator.reporting.money.projects import projects_grid, spent_yuan
from allocator.reporting.summary import Figure
from allocator.reporting.wording import change, number
from allocator.text import Lang, say

BAR_HEIGHT, BARS_FRAME = 22, 70  # pixels


def funding_booklet(
    decision: FundingDecision, lang: Lang, notes: Sequence[str] = (), ways: Sequence[str] = ()
) -> Booklet:
    """Put the page of a split together.

    Parameters
    ----------
    decision
        A finished run, with or without a split.
    lang
        Language of the page.
    notes
        Sentences under the verdict: conflicts, limits that are not kept.
    ways
        Ways out of the conflicts.
    """
    facts = MoneyFacts(decision, lang)
    headline, tone = _verdict(facts, notes)
    return Booklet(
        title=_title(facts),
        subtitle=say("report.subtitle", lang, as_of=decision.run.as_of, policy=_policy(facts)),
        headline=headline,
        tone=tone,
        details=(*notes, *((words("not_checked", lang),) if _unchecked(decision) else ())),
        parts=tuple(_parts(facts, ways)),
        lang=lang,
        as_of=decision.run.as_of,
        cards=_cards(facts),
        linked=True,
    )


def _title(facts: MoneyFacts) -> str:
    info = facts.decision.district.info
    name = info.name or say("report.district_unnamed", facts.lang)
    if info.year is None:
        return words("title", facts.lang, district=name)
    return words("title_year", facts.lang, district=name, year=info.year)


def _policy(facts: MoneyFacts) -> str:
    policy = facts.decision.policy
    return (policy.name_zh if facts.lang == "zh" else policy.name_en) or policy.id


def _unchecked(decision: FundingDecision) -> bool:
    return decision.check is None and not decision.conflicts


def _verdict(facts: MoneyFacts, notes: Sequence[str]) -> tuple[str, str]:
    """Headline and tone."""
    decision, lang = facts.decision, facts.lang
    if decision.conflicts:
        return words("headline_conflict", lang, count=len(decision.conflicts)), "bad"
    amount = sum((row.amount_yuan for row in decision.split.amounts), start=Decimal(0))
    schools = len({row.school_id for row in decision.split.amounts if row.amount_yuan})
    said = words("headline", lang, amount=f"{amount:,}", schools=schools, grants=len(decision.grants))
    if decision.split.chosen:
        spent, count = spent_yuan(facts), len(decision.split.chosen)
        said += words("headline_projects", lang, amount=f"{spent:,}", count=count)
    return said + grids.status_text(facts), "fair" if notes or decision.violations else "good"


def _cards(facts: MoneyFacts) -> tuple[Figure, ...]:
    decision, lang = facts.decision, facts.lang
    if decision.conflicts:
        missing = sum((c.missing_yuan for c in decision.conflicts if c.missing_yuan > 0), start=Decimal(0))
        return (Figure(words("card_missing", lang), f"{missing:,}", words("card_missing_note", lang)),)
    amount = sum((row.amount_yuan for row in decision.split.amounts), start=spent_yuan(facts))
    pupils = sum(facts.pupils.values())
    judged = [x for x in facts.spread if x.before.met is not None and x.after.met is not None]
    within = [sum(x.before.met is True for x in judged), sum(x.after.met is True for x in judged)]
    passed = [sum(s.passed is True for s in m.sections) for m in (decision.before, decision.after)]
    cards = [
        Figure(words("card_amount", lang), f"{amount:,}", words("card_amount_note", lang)),
        Figure(
            words("card_pupil", lang),
            number(float(amount) / pupils if pupils else None, 2),
            words("card_pupil_note", lang, pupils=number(pupils)),
        ),
        Figure(words("card_cv", lang), _moved(*within), words("card_cv_note", lang, count=len(judged))),
        Figure(
            words("card_passed", lang),
            _moved(*passed),
            words("card_passed_note", lang, count=number(len(decision.after.sections))),
        ),
    ]
    return (*cards, *_gain_card(facts))


def _gain_card(facts: MoneyFacts) -> tuple[Figure, ...]:
    if not facts.gains:
        return ()
    more = sum(gain.change > 0 for gain in facts.gains)
    less = sum(gain.change < 0 for gain in facts.gains)
    value = words("card_gains_value", facts.lang, more=more, less=less)
    return (Figure(words("card_gains", facts.lang), value, words("card_gains_note", facts.lang)),)


def _moved(before: int, after: int) -> str:
    return number(after) if before == after else change(number(before), number(after))


def _parts(facts: MoneyFacts, ways: Sequence[str]) -> list[Part]:
    """All sections in the order of reading; those without content are left out."""
    decision, lang = facts.decision, facts.lang
    parts = [_part(_ways_grid(ways, lang), lang)] if ways else []
    if not decision.conflicts:
        parts += _split_parts(facts)
    if decision.least:
        parts.append(_part(grids.least_grid(facts), lang))
    asked = (fewest_grid(facts), touched_grid(facts, everyone=False))
    parts += [_part(grid, lang) for grid in asked if grid.rows]
    if decision.check is not None:
        parts.append(_part(rules_grid(facts), lang, row_header=1))
    if decision.violations:
        parts.append(_part(violations_grid(facts), lang))
    if decision.warnings:
        parts.append(_part(warnings_grid(facts), lang))
    return [*parts, _part(_provenance(facts), lang)]


def _split_parts(facts: MoneyFacts) -> list[Part]:
    lang = facts.lang
    parts = [
        _part(grids.grants_grid(facts), lang),
        Part(
            spread_grid(facts),
            words("section_spread", lang),
            words("about_spread", lang),
            charts.before_after(facts),
            words("caption_spread", lang),
            height=340,
            row_header=1,
        ),
        Part(
            grids.balance_grid(facts),
            words("section_lorenz", lang),
            words("about_lorenz", lang),
            charts.lorenz(facts),
            words("caption_lorenz", lang),
        ),
    ]
    if facts.gains:
        parts.append(_gains(facts))
    parts += _grants(facts)
    if facts.decision.split.chosen:
        parts.append(_projects(facts))
    parts.append(_part(grids.totals_grid(facts), lang))
    parts.append(_part(grids.levels_grid(facts), lang))
    asked = (bundled_grid(facts), prices_grid(facts))
    return [*parts, *(_part(grid, lang) for grid in asked if grid.rows)]


def _gains(facts: MoneyFacts) -> Part:
    shown = charts.shown_gains(facts)
    return Part(
        grids.gains_grid(facts),
        words("section_gains", facts.lang),
        words("about_gains", facts.lang),
        charts.gains_chart(facts),
        words("caption_gains" if len(shown) == len(facts.gains) else "caption_gains_some", facts.lang),
        height=BARS_FRAME + BAR_HEIGHT * len(shown),
    )


def _grants(facts: MoneyFacts) -> list[Part]:
    """A section a grant; its name comes from its place, for a code may hold anything."""
    lang = facts.lang
    return [
        Part(
            grids.schools_grid(facts, result, f"grant{k}"),
            facts.grant_name(result.grant_id),
            words("about_grant", lang),
            charts.scatter(facts, result),
            words("caption_grant", lang, grant=facts.grant_name(result.grant_id)),
        )
        for k, result in enumerate(facts.decision.grants, start=1)
    ]


def _projects(facts: MoneyFacts) -> Part:
    lifted = next(level for level in facts.decision.projects if level.name == "projects.lifted")
    bound = "–" if lifted.bound is None else number(lifted.bound)
    about = words("about_projects", facts.lang, lifted=number(lifted.final), bound=bound)
    return Part(projects_grid(facts), words("section_projects", facts.lang), about)


def _part(grid: Grid, lang: Lang, *, row_header: int = 0) -> Part:
    heading, about = words(f"section_{grid.name}", lang), words(f"about_{grid.name}", lang)
    return Part(grid, heading, about, row_header=row_header)


def _ways_grid(ways: Sequence[str], lang: Lang) -> Grid:
    return Grid("ways", (Column(words("way", lang), widest=90),), tuple((way,) for way in ways))


def _provenance(facts: MoneyFacts) -> Grid:
    """Everything needed to repeat the run."""
    run, lang = facts.decision.run, facts.lang
    entries = {
        "status": say(f"levels.{facts.decision.status.value}", lang),
        "as_of": str(run.as_of),
        "policy": run.policy,
        "policy_sha256": run.policy_sha256,
        "input_sha256": run.input_sha256,
        "engine": run.engine,
        "format": str(run.format),
        "seconds": number(sum(run.seconds.values()), 2),
    }
    heads = (Column(words("entry", lang)), Column(words("entry_value", lang), "code", widest=70))
    rows = tuple((say(f"report.{name}", lang), value) for name, value in entries.items())
    return Grid("provenance", heads, rows)
