"""Answers about partners in sentences of either language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum

from allocator.alliance.strength import standings
from allocator.domain.alliance_explained import AllianceAnswer, Couple, Resolved
from allocator.domain.district import District
from allocator.domain.explanation import LevelChange
from allocator.domain.policy import Policy
from allocator.domain.worth import Worth
from allocator.indicators import measure
from allocator.text import DEFAULT_LANG, Lang, say

MORE_IS_BETTER = ("coverage", "benefit")
DIGITS = {"coverage": 0, "cut": 0, "benefit": 4, "evenness": 2, "distance": 3, "breaches": 1}


@dataclass(frozen=True)
class Words:
    """Sentences about one district in one language."""

    district: District
    policy: Policy
    lang: Lang

    def say(self, name: str, /, **params: object) -> str:
        """Sentence of the answers about partners."""
        return say(f"alliance_plan.{name}", self.lang, **params)

    def school(self, code: str) -> str:
        """Name and code of a school."""
        school = self.district.school_by_id.get(code)
        return (
            say("explain.school_label", self.lang, name=school.name, code=code)
            if school and school.name
            else code
        )

    def listed(self, words: list[str]) -> str:
        """Some words in a row."""
        return say("common.comma", self.lang).join(words)


def sentences(
    answer: AllianceAnswer, district: District, policy: Policy, lang: Lang = DEFAULT_LANG
) -> tuple[str, ...]:
    """Say an answer; details of a sentence are indented below it."""
    words = Words(district, policy, lang)
    if answer.outside is not None:
        reason = answer.outside.text(lang)
        alone = words.say("alone", school=words.school(answer.school), reason=reason)
        return (alone, *(() if answer.resolved is None else _resolved(answer.resolved, words)))
    return tuple(line for couple in answer.couples for line in _couple(couple, words))


def _couple(couple: Couple, words: Words) -> Iterator[str]:
    a, b = words.school(couple.school), words.school(couple.other)
    for tie in couple.ties:
        lead, member = words.school(tie.lead), words.school(tie.member)
        yield words.say("together", lead=lead, member=member, code=tie.alliance_id)
    if couple.ties:
        yield from _worth(couple.worth, words)
    elif couple.fellows:
        yield words.say("fellow", a=a, b=b, code=words.listed(list(couple.fellows)))
    else:
        yield words.say("not_together", a=a, b=b)
        for school, partners in couple.partners.items():
            yield "  " + _partners("now_with", "with_nobody", school, partners, words)
    if couple.barred and not couple.ties:
        yield "  " + _barred(couple, words)
    if couple.bound:
        yield "  " + words.say("bound")
    if couple.resolved is not None:
        if not couple.ties:
            yield from _worth(couple.worth, words)
        yield from _resolved(couple.resolved, words)


def _partners(some: str, none: str, school: str, partners: tuple[str, ...], words: Words) -> str:
    named = words.listed([words.school(p) for p in partners])
    return words.say(some if partners else none, school=words.school(school), partners=named)


def _worth(worth: Worth, words: Words) -> Iterator[str]:
    """The benefit number by number."""
    total = fsum(term.counted for term in worth.terms)
    km = "–" if worth.km is None else f"{worth.km:.3f}"
    yield "  " + words.say(
        "sums",
        benefit=f"{worth.benefit:.4f}",
        complementarity=f"{total:.4f}",
        tags=f"{worth.tag_points:g}",
        wish=f"{worth.wish:g}",
        km=km,
    )
    for term in worth.terms:
        numbers = {name: f"{getattr(term, name):.3f}" for name in ("surplus", "deficit", "counted")}
        stage = term.stage.label(words.lang)
        yield "    " + words.say("term", stage=stage, indicator=term.indicator, **numbers)


def _barred(couple: Couple, words: Words) -> str:
    """The rules against two schools, with their numbers."""
    if couple.barred == ("not_lead",):
        return words.say("barred_not_lead")
    km = couple.worth.km
    texts = []
    for rule in couple.barred:
        name = "A4_unknown" if rule == "A4" and km is None else rule
        params = {
            "km": "" if km is None else f"{km:.3f}",
            "limit": f"{words.policy.alliance.max_km:g}",
            "standing": _standing(couple, words) if rule == "A3" else "",
        }
        texts.append(words.say(f"rule_{name}", **params))
    return words.say("barred", rules=say("report.list_separator", words.lang).join(texts))


def _standing(couple: Couple, words: Words) -> str:
    """Ranks of both schools in their stages."""
    ranks = standings(words.district, words.policy, measure(words.district, words.policy))
    texts = []
    for school in (couple.school, couple.other):
        for stage in words.district.school_by_id[school].stages:
            rank = ranks[school, stage]
            numbers = {"rank": rank.rank, "schools": rank.schools}
            word = words.say("strong" if rank.strong else "lower")
            label = stage.label(words.lang)
            texts.append(words.say("standing", school=words.school(school), stage=label, word=word, **numbers))
    return words.listed(texts)


def _resolved(resolved: Resolved, words: Words) -> Iterator[str]:
    """What the other way would be, and what decides."""
    yield outcome(resolved, f"if_{resolved.condition}", words)
    for school, partners in (resolved.partners or {}).items():
        yield "  " + _partners("then_with", "then_alone", school, partners, words)
    if resolved.displaced:
        yield "  " + words.say(
            "then_outside", schools=words.listed([words.school(s) for s in resolved.displaced])
        )
    yield from deciding(resolved, words)


def outcome(resolved: Resolved, name: str, words: Words, **params: object) -> str:
    """Every level that changes, or why there is nothing to tell."""
    if resolved.end != "found":
        return words.say(name, outcome=words.say(resolved.end), **params)
    changed = [c for c in resolved.changes if not c.same]
    if not changed:
        return words.say(name, outcome=words.say("same"), **params)
    return words.say(name, outcome=words.say("changed", levels=level_changes(changed, words)), **params)


def deciding(resolved: Resolved, words: Words) -> Iterator[str]:
    """The first level that changes, which decides."""
    first = next((c for c in resolved.changes if not c.same), None)
    if first is not None:
        worse = (first.change < 0) == (first.name in MORE_IS_BETTER)
        level = say(f"levels.{first.name}", words.lang)
        yield "  " + words.say("decides" if worse else "better", level=level)


def level_changes(changes: Sequence[LevelChange], words: Words, *, proof: bool = True) -> str:
    """Levels with their values before and after, and whether the change is proven where that is to be said."""
    return say("report.list_separator", words.lang).join(_level(c, words, proof=proof) for c in changes)


def _level(change: LevelChange, words: Words, *, proof: bool) -> str:
    digits = DIGITS.get(change.name, 4)
    return words.say(
        "level",
        level=say(f"levels.{change.name}", words.lang),
        base=f"{change.base:,.{digits}f}",
        value=f"{change.value:,.{digits}f}",
        change=f"{change.change:+,.{digits}f}",
        unit=say(f"levels.{change.name}_unit", words.lang),
        proof="" if change.proven or not proof else words.say("unproven"),
    )
