"""The page about the joint question: what it costs to pass, who moves, who gets money, what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from allocator.domain.measures import INDICATORS, SectionMeasure
from allocator.domain.plan import Status
from allocator.domain.reaching import ReachDecision, Shortfall
from allocator.reporting.booklet import Booklet, Part
from allocator.reporting.grid import Column, Exact, Grid, Judged, Value
from allocator.reporting.reaching_money import apart_grid, compared, grants_grid
from allocator.reporting.summary import PROVEN_GAP
from allocator.reporting.wording import STAGE_ORDER, gap_text, indicator_label, number, word
from allocator.text import Lang, say

DIGITS = {"I4": 2, "I5": 2, "I6": 0}
"""Digits of an indicator; two for the others."""


def reach_booklet(decision: ReachDecision, lang: Lang) -> Booklet:
    """Put the page together."""
    makers: tuple[tuple[str, Callable[[ReachDecision, Lang], Grid]], ...] = (
        ("cost", _cost),
        ("apart", apart_grid),
        ("grants", grants_grid),
        ("missing", _missing),
        ("county", _county),
        ("verdicts", _verdicts),
        ("split", _split),
        ("moves", _moves),
    )
    grids = {name: make(decision, lang) for name, make in makers}
    parts = [
        Part(grid, say(f"reach.part_{name}", lang), say(f"reach.part_{name}_about", lang))
        for name, grid in grids.items()
        # Nothing to compare with is no comparison.
        if grid.rows or name not in ("apart", "grants")
    ]
    info = decision.district.info
    name = info.name or say("report.district_unnamed", lang)
    policy = (decision.policy.name_zh if lang == "zh" else decision.policy.name_en) or decision.policy.id
    return Booklet(
        say("reach.title", lang, district=name),
        say("report.subtitle", lang, as_of=decision.run.as_of, policy=policy),
        headline(decision, lang),
        "bad" if decision.standard is None else "good" if decision.passes else "fair",
        details(decision, lang),
        tuple(parts),
        lang,
        decision.run.as_of,
    )


def headline(decision: ReachDecision, lang: Lang) -> str:
    """Say in one sentence whether the county can pass, and what it costs."""
    if decision.standard is None:
        known = "infeasible" if decision.status is Status.INFEASIBLE else "unknown"
        return say(f"reach.headline_{known}", lang)
    cost = {
        "total": f"{decision.total_yuan:,}",
        "moves": len(decision.moves),
        "money": f"{decision.money_yuan:,}",
    }
    if decision.reached:
        told = None not in decision.standard.passed.values()
        return say(f"reach.headline_{'reached' if told else 'known'}", lang, **cost)
    proof = all(_proven(decision, name) for name in ("missing", "excess"))
    if not proof:
        return say("reach.headline_not_found", lang, **cost)
    return say(f"reach.headline_not_reached{'' if _proven(decision, 'cost') else '_open'}", lang, **cost)


def _proven(decision: ReachDecision, name: str) -> bool:
    gaps = {level.name: level.gap for level in decision.levels}
    gap = gaps.get(name)
    return gap is not None and gap <= PROVEN_GAP


def details(decision: ReachDecision, lang: Lang) -> tuple[str, ...]:
    """Say how far it is proven, whether moves and money are linked, and what the price of a move is."""
    if decision.standard is None:
        return () if decision.conflict is None else decision.conflict.sentences(lang)
    said = []
    cost = next((level for level in decision.levels if level.name == "cost"), None)
    if cost is not None and cost.gap is not None:
        proof = "proven" if cost.gap <= PROVEN_GAP else "open"
        bound = f"{cost.bound or 0:,.0f}"
        said.append(say(f"reach.cost_{proof}", lang, gap=gap_text(cost.gap), bound=bound))
    elif cost is not None:
        said.append(say("reach.cost_unbounded", lang))
    if decision.separable:
        parts = {"moves": f"{decision.moves_yuan:,}", "money": f"{decision.money_yuan:,}"}
        said.append(say("reach.separable", lang, **parts))
    else:
        said.append(
            say("reach.linked", lang, sections=len(decision.linked), spared=spared_text(decision, lang))
        )
    said += compared(decision, lang)
    said.append(say("reach.price", lang, yuan=f"{decision.policy.funding.move_yuan:,g}"))
    unknown = sum(passed is None for passed in decision.standard.passed.values())
    if unknown:
        said.append(say("reach.unknown", lang, count=unknown))
    said += [shortfall_text(s, lang) for s in decision.standard.shortfalls if s.school_id is None]
    return tuple(said)


def spared_text(decision: ReachDecision, lang: Lang) -> str:
    """How often each indicator stays below its threshold in sections that pass."""
    rows = () if decision.standard is None else decision.standard.spared
    counts = {i: sum(row.indicator == i for row in rows) for i in INDICATORS}
    told = [say("reach.spared", lang, indicator=i, count=n) for i, n in counts.items() if n]
    return say("common.enumeration", lang).join(told) or say("reach.spared_none", lang)


def shortfall_text(row: Shortfall, lang: Lang) -> str:
    """Say what is missing in one place."""
    place = {"stage": row.stage.label(lang), "indicator": row.indicator}
    if row.school_id is None:
        numbers = {"value": f"{row.value:.4f}", "limit": f"{row.wanted:g}", "amount": f"{row.amount:.4f}"}
        return say("reach.short_county", lang, **place, **numbers)
    return say(
        "reach.short_section",
        lang,
        **place,
        school=row.school_id,
        amount=f"{row.amount:g}",
        wanted=f"{row.wanted:g}",
    )


def _heads(lang: Lang, *names: str) -> list[Column]:
    return [Column(say(f"reach.col_{name}", lang)) for name in names]


def _numbers(lang: Lang, *names: str) -> list[Column]:
    return [Column(say(f"reach.col_{name}", lang), "number") for name in names]


def _cost(decision: ReachDecision, lang: Lang) -> Grid:
    heads = (*_heads(lang, "what"), *_numbers(lang, "count", "yuan"))
    parts = cost_parts(decision, lang) if decision.standard is not None else []
    rows = tuple[tuple[Value, ...], ...]((what, count, float(yuan)) for what, count, yuan in parts)
    return Grid("cost", heads, rows)


def cost_parts(decision: ReachDecision, lang: Lang) -> list[tuple[str, int | None, Decimal]]:
    """Moves, money for each indicator and the total: name, how many teachers or schools, yuan."""
    receive: Counter[str] = Counter(row.grant_id for row in decision.split.amounts)
    money = [
        (indicator_label(indicator, lang), receive[indicator], yuan)
        for indicator, yuan in sorted(decision.money_of().items())
    ]
    moves = (say("reach.moves", lang), len(decision.moves), decision.moves_yuan)
    return [moves, *money, (say("reach.total", lang), None, decision.total_yuan)]


def cost_rows(decision: ReachDecision, lang: Lang) -> list[tuple[str, str, str]]:
    """The same as texts."""
    return [(what, number(count), f"{yuan:,}") for what, count, yuan in cost_parts(decision, lang)]


def _names(decision: ReachDecision) -> dict[str, str]:
    return {s.school_id: s.name or s.school_id for s in decision.district.schools}


def _missing(decision: ReachDecision, lang: Lang) -> Grid:
    heads = (*_heads(lang, "school", "stage", "indicator"), *_numbers(lang, "has", "wanted", "amount"))
    names, rows = _names(decision), () if decision.standard is None else decision.standard.shortfalls
    found = tuple[tuple[Value, ...], ...](
        (
            say("reach.county", lang) if s.school_id is None else names[s.school_id],
            word(s.stage, lang),
            indicator_label(s.indicator, lang),
            *(Exact(v, 0 if s.school_id else 4) for v in (s.value, s.wanted, s.amount)),
        )
        for s in rows
    )
    return Grid("missing", heads, found)


def _county(decision: ReachDecision, lang: Lang) -> Grid:
    heads = (*_heads(lang, "stage", "indicator"), *_numbers(lang, "limit", "before", "after"))
    taught = {section.stage for section in decision.before.sections}
    rows = tuple[tuple[Value, ...], ...](
        (
            word(b.stage, lang),
            indicator_label(b.indicator, lang),
            Exact(b.limit, 2),
            *(Judged(c.cv, c.met, c.limit) for c in (b, a)),
        )
        for b, a in zip(decision.before.counties, decision.after.counties, strict=True)
        if b.stage in taught
    )
    heads = (*heads[:3], *(Column(h.header, "number", 3) for h in heads[3:]))
    return Grid("county", heads, rows)


def _verdicts(decision: ReachDecision, lang: Lang) -> Grid:
    """Each section's seven indicators after the plan, and its verdict before and after."""
    heads = [*_heads(lang, "school", "stage")]
    heads += [Column(say(f"reach.col_{name}", lang), "mark") for name in ("passed_before", "passed_after")]
    heads += [Column(i, "number", DIGITS.get(i, 2)) for i in INDICATORS]
    names, passed = _names(decision), {} if decision.standard is None else decision.standard.passed
    sections = sorted(
        zip(decision.before.sections, decision.after.sections, strict=True), key=lambda pair: _order(pair[0])
    )
    rows = tuple[tuple[Value, ...], ...](
        (
            names[b.school_id],
            word(b.stage, lang),
            b.passed,
            passed.get((b.school_id, b.stage)),
            *(Judged(a.values[i], a.met[i], decision.policy.thresholds(a.stage)[i]) for i in INDICATORS),
        )
        for b, a in sections
        if b.pupils
    )
    return Grid("verdicts", tuple(heads), rows)


def _order(section: SectionMeasure) -> tuple[int, str]:
    return STAGE_ORDER[section.stage], section.school_id


def _split(decision: ReachDecision, lang: Lang) -> Grid:
    """Money of each school that gets any, by indicator."""
    names = _names(decision)
    money: dict[str, dict[str, float]] = {}
    for row in decision.split.amounts:
        money.setdefault(row.school_id, {})[row.grant_id] = float(row.amount_yuan)
    bought = INDICATORS[3:]
    heads = (*_heads(lang, "school"), *(Column(i, "number") for i in bought), *_numbers(lang, "yuan"))
    rows = tuple[tuple[Value, ...], ...](
        (names[code], *(each.get(i) for i in bought), sum(each.values()))
        for code, each in sorted(money.items())
    )
    return Grid("split", heads, rows)


def _moves(decision: ReachDecision, lang: Lang) -> Grid:
    names = _names(decision)
    heads = (
        Column(say("reach.col_teacher", lang), "code"),
        *_heads(lang, "stage", "subject", "from", "to"),
        Column(say("reach.col_km", lang), "number", 1),
    )
    rows = tuple[tuple[Value, ...], ...](
        (
            move.teacher_id,
            word(move.stage, lang),
            word(move.subject, lang),
            names[move.from_school_id],
            names[move.to_school_id],
            move.distance_km,
        )
        for move in decision.moves
    )
    return Grid("moves", heads, rows)
