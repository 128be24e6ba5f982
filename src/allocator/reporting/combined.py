"""The page about a combined run: what staying inside the alliances costs, and where the parts lie."""

from __future__ import annotations

from collections import Counter, defaultdict

from allocator.domain.combined import CombinedPlan, LevelCost
from allocator.domain.measures import Measures
from allocator.domain.plan import Decision, Level
from allocator.reporting.booklet import Booklet, Part
from allocator.reporting.facts import Facts
from allocator.reporting.grid import Column, Exact, Grid, Judged, Value
from allocator.reporting.markup import tag
from allocator.reporting.several import LEVEL_DIGITS
from allocator.reporting.summary import subtitle, title
from allocator.reporting.wording import indicator_label, word
from allocator.text import Lang, say

MOVABLE = ("I1", "I2", "I3")
"""Indicators that moves change."""


def combined_booklet(result: CombinedPlan, within: Decision, free: Decision, lang: Lang) -> Booklet:
    """Put the page together, for a run that came to the rotations."""
    facts = Facts(free, lang)
    parts = [
        Part(_levels(result, lang), say("combined.levels", lang), say("combined.levels_about", lang)),
        Part(_spread(within, free, lang), say("combined.spread", lang), say("combined.spread_about", lang)),
        Part(
            _alliances(result, within, lang),
            say("combined.alliances", lang),
            say("combined.alliances_about", lang),
        ),
    ]
    return Booklet(
        say("combined.title", lang, plan=title(facts)),
        subtitle(facts),
        headline(result, lang),
        "good" if result.compared else "fair" if within.check is not None else "bad",
        (*counts(result, lang), *_conflicts(result, lang), _links(result, lang)),
        tuple(parts),
        lang,
        free.run.as_of,
    )


def headline(result: CombinedPlan, lang: Lang) -> str:
    """Say in one sentence what came of the run."""
    if result.compared:
        return say("combined.compared", lang)
    alone = result.within is not None and result.within.check is not None
    return say(f"combined.{'only_within' if alone else 'not_within'}", lang)


def counts(result: CombinedPlan, lang: Lang) -> list[str]:
    """Say how many alliances there are, whom they leave free to move, and what is known of each plan."""
    said = []
    plan, reach = result.alliances.plan, result.reach
    if plan is not None and reach is not None:
        count = len({row.alliance_id for row in plan.memberships})
        outside = reach.schools - reach.allied
        said.append(say("alliance.summary", lang, alliances=count, schools=reach.allied, outside=outside))
        said.append(say("combined.reach", lang, eligible=reach.eligible, inside=reach.inside))
    for name, decision in (("within", result.within), ("free", result.free)):
        if decision is not None:
            said.append(say(f"combined.{name}_{decision.status}", lang, moved=len(decision.moves)))
        if decision is not None and decision.check is not None and decision.check.relaxed:
            breaches = {"count": len(decision.check.relaxed), "price": f"{decision.check.price:g}"}
            said.append(say("combined.gave_way", lang, plan=say(f"combined.col_{name}", lang), **breaches))
    return said


def _conflicts(result: CombinedPlan, lang: Lang) -> list[str]:
    """Sentences that say why a plan is missing or rules gave way."""
    found = [(name, getattr(result, name)) for name in ("within", "free")]
    said = []
    for name, decision in found:
        if decision is not None and decision.conflict is not None:
            label = say(f"combined.col_{name}", lang)
            names = (f"{rule} {say(f'rules.{rule}_name', lang)}" for rule in decision.conflict.rules)
            rules = say("common.enumeration", lang).join(names)
            sentences = [say("combined.conflict_rules", lang, rules=rules), *decision.conflict.sentences(lang)]
            said += [say("combined.conflict", lang, plan=label, why=sentence) for sentence in sentences]
    return said


def cost_rows(result: CombinedPlan, lang: Lang) -> list[tuple[str, str, int, tuple[float | None, ...]]]:
    """Each level's name, unit and digits, and its values in the order of `COST_COLUMNS`."""
    return [
        (
            say(f"levels.{cost.name}", lang),
            say(f"levels.{cost.name}_unit", lang),
            LEVEL_DIGITS.get(cost.name, 2),
            _cost(cost),
        )
        for cost in result.costs
    ]


COST_COLUMNS = ("before", "free", "within", "difference", "least", "most")
"""Columns of the comparison: entries `col_...` of the catalogue `combined`."""


def _cost(cost: LevelCost) -> tuple[float | None, ...]:
    known = cost.within or cost.free
    before = None if known is None else known.before
    return (before, _final(cost.free), _final(cost.within), cost.difference, cost.least, cost.most)


def _final(level: Level | None) -> float | None:
    return None if level is None else level.final


def _levels(result: CombinedPlan, lang: Lang) -> Grid:
    heads = [Column(say(f"combined.col_{name}", lang)) for name in ("level", "unit")]
    heads += [Column(say(f"combined.col_{name}", lang), "number", 2) for name in COST_COLUMNS]
    rows = (
        tuple[Value, ...]((name, unit, *(Exact(value, digits) for value in values)))
        for name, unit, digits, values in cost_rows(result, lang)
    )
    return Grid("levels", tuple(heads), tuple(rows))


def _spread(within: Decision, free: Decision, lang: Lang) -> Grid:
    """CVs before, with the free plan and with the plan inside the alliances."""
    found: list[Measures | None] = [free.before]
    found += [None if d.check is None else d.after for d in (free, within)]
    taught = {section.stage for section in free.before.sections}
    heads = [Column(say("report.stage", lang)), Column(say("several.indicator", lang))]
    heads.append(Column(say("several.limit", lang), "number", 2))
    heads += [Column(say(f"combined.col_{name}", lang), "number", 3) for name in ("before", "free", "within")]
    rows: list[tuple[Value, ...]] = []
    for k, county in enumerate(free.before.counties):
        if county.indicator in MOVABLE and county.stage in taught:
            cells = [None if m is None else m.counties[k] for m in found]
            values = [None if c is None else Judged(c.cv, c.met, c.limit) for c in cells]
            label = indicator_label(county.indicator, lang)
            rows.append((word(county.stage, lang), label, Exact(county.limit, 2), *values))
    return Grid("cvs", tuple(heads), tuple(rows))


def _alliances(result: CombinedPlan, within: Decision, lang: Lang) -> Grid:
    """Each alliance with its schools and the moves inside it."""
    facts, plan = Facts(within, lang), result.alliances.plan
    schools: defaultdict[str, list[str]] = defaultdict(list)
    for row in () if plan is None else plan.memberships:
        schools[row.alliance_id].append(row.school_id)
    moves: Counter[str] = Counter()
    for move in within.moves:
        ends = {move.from_school_id, move.to_school_id}
        moves.update(code for code, own in schools.items() if ends <= set(own))
    heads = (
        Column(say("alliance.col_alliance", lang), "code"),
        Column(say("alliance.col_lead", lang), widest=28),
        Column(say("alliance.col_members", lang), widest=60),
        Column(say("combined.col_moves", lang), "integer"),
    )
    separator = say("common.enumeration", lang)
    rows = (
        tuple[Value, ...](
            (
                code,
                facts.school_name(own[0]),
                separator.join(facts.school_name(s) for s in own[1:]),
                None if within.check is None else moves[code],
            )
        )
        for code, own in schools.items()
    )
    return Grid("alliances", heads, tuple(rows))


def _links(result: CombinedPlan, lang: Lang) -> str:
    """Build links to the reports of the parts."""
    places = {"within": "within/report.html", "free": "free/report.html"}
    links = (
        ("alliances", "alliances/memberships.csv"),
        *((name, place) for name, place in places.items() if getattr(result, name) is not None),
    )
    told = [tag("a", say(f"combined.link_{name}", lang), href=place) for name, place in links]
    return tag("span", *(part for link in told for part in (link, " ")))
