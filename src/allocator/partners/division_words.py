"""Answers about learning districts in sentences of either language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from allocator.domain.alliance_explained import Resolved
from allocator.domain.district import District
from allocator.domain.division_explained import DistrictFigures, DivisionAnswer, Moved
from allocator.domain.policy import Policy
from allocator.partners.wording import Words, deciding, level_changes, outcome
from allocator.text import DEFAULT_LANG, Lang, say

SHOWN = 12
"""Towns that a sentence names."""


def division_sentences(
    answer: DivisionAnswer, district: District, policy: Policy, lang: Lang = DEFAULT_LANG
) -> tuple[str, ...]:
    """Say an answer about learning districts; details of a sentence are indented below it."""
    return tuple(_lines(answer, Words(district, policy, lang)))


def _lines(answer: DivisionAnswer, words: Words) -> Iterator[str]:
    if answer.town is None or answer.districts is None:
        asked = words.school(answer.asked)
        yield words.say("town_outside", asked=asked, reason=say("alliance.outside_no_town", words.lang))
        return
    town, other = answer.town, answer.other
    if answer.asked in words.district.school_by_id:
        yield words.say("town_of", school=words.school(answer.asked), town=town)
    own = answer.districts[town]
    figures = {"schools": own.schools, "pupils": own.pupils}
    yield words.say("town_in", town=town, district=own.code, towns=len(own.towns), **figures, **_fairness(own))
    if answer.neighbours:
        yield "  " + words.say("town_touches", towns=_towns(answer.neighbours, words))
    if other is None:
        yield "  " + words.say("town_alone", town=town)
    elif not answer.together:
        theirs = answer.districts[other]
        yield words.say("town_other", other=other, district=theirs.code, **_fairness(theirs))
    elif own.centre == town:
        yield words.say("town_centre", town=town, other=other)
    else:
        yield words.say("town_same", other=other)
    for moved in answer.moved:
        yield from _moved(town, moved, words)
    if answer.resolved is not None:
        yield from _resolved(answer, answer.resolved, words)


def _fairness(figures: DistrictFigures) -> dict[str, str]:
    return {
        "deviation": f"{figures.pupil_deviation:+.1%}",
        "strong": f"{100 * figures.strong_deviation:+.1f}",
    }


def _towns(towns: Sequence[str], words: Words) -> str:
    named = say("common.enumeration", words.lang).join(towns[:SHOWN])
    return named if len(towns) <= SHOWN else words.say("towns_more", towns=named, count=len(towns))


def _moved(town: str, moved: Moved, words: Words) -> Iterator[str]:
    """What handing one town over would break, or change."""
    name = "moved_near" if moved.borders else "moved_far"
    separator = say("report.list_separator", words.lang)
    changed = [c for c in moved.changes if not c.same]
    if moved.faults:
        faults = separator.join(fault.text(words.lang) for fault in moved.faults)
        said = words.say("moved_broken", faults=faults)
    elif changed:
        said = words.say("changed", levels=level_changes(changed, words, proof=False))
    else:
        said = words.say("moved_same")
    yield words.say(name, town=town, district=moved.district, towns=_towns(moved.borders, words), outcome=said)


def _resolved(answer: DivisionAnswer, resolved: Resolved, words: Words) -> Iterator[str]:
    """What drawing the districts again would give, and what decides."""
    pair = {"town": answer.town, "other": answer.other}
    yield outcome(resolved, f"if_town_{resolved.condition}", words, **pair)
    for town, fellows in (resolved.partners or {}).items():
        name = "town_then" if fellows else "town_then_alone"
        yield "  " + words.say(name, town=town, towns=_towns(fellows, words))
    yield from deciding(resolved, words)
