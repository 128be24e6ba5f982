"""The decision in a few words and figures: title, verdict, key figures, provenance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from allocator.domain.plan import CheckReport, Decision, Status
from allocator.domain.run import Limits
from allocator.reporting.facts import Facts
from allocator.reporting.wording import change, gap_text, number, percent
from allocator.text import say

PROVEN_GAP = Limits().gap
"""Relative gap up to which a level counts as proven optimal."""

Tone = Literal["good", "fair", "bad"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result in one sentence, with what it rests on."""

    tone: Tone
    headline: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure."""

    label: str
    value: str
    note: str


def title(facts: Facts) -> str:
    """Title with the district's name and year."""
    info = facts.decision.district.info
    name = info.name or say("report.district_unnamed", facts.lang)
    if info.year is None:
        return say("report.title", facts.lang, district=name)
    return say("report.title_year", facts.lang, district=name, year=info.year)


def subtitle(facts: Facts) -> str:
    """Reference date and policy profile."""
    run = facts.decision.run
    return say("report.subtitle", facts.lang, as_of=run.as_of, policy=policy_name(facts))


def policy_name(facts: Facts) -> str:
    """Name of the profile in the reader's language, its id where it has none."""
    policy = facts.decision.policy
    return (policy.name_zh if facts.lang == "zh" else policy.name_en) or policy.id


def verdict(facts: Facts) -> Verdict:
    """Judge the run in plain words."""
    decision, lang = facts.decision, facts.lang
    if decision.check is None:
        known = decision.status is Status.INFEASIBLE
        headline = say("report.verdict_infeasible" if known else "report.verdict_unknown", lang)
        why = () if decision.conflict is None else decision.conflict.sentences(lang)[:1]
        return Verdict("bad", headline, (*why, say("report.detail_none", lang)))
    slack = percent(decision.policy.objective.slack, 2)
    details = (_detail(facts, decision.check), say("report.optimal_means", lang, slack=slack))
    if decision.check.broken:
        count = len(decision.check.broken)
        return Verdict("bad", say("report.verdict_broken", lang, count=count), details)
    if decision.check.relaxed:
        return Verdict("fair", _relaxed(facts, decision.check), details)
    if decision.status is Status.OPTIMAL:
        return Verdict("good", say("report.verdict_optimal", lang), details)
    return Verdict("fair", _feasible(facts), details)


def _relaxed(facts: Facts, check: CheckReport) -> str:
    """Say in how many places elastic rules gave way, at what price, and whether that is proven least."""
    levels = {level.name: level.gap for level in facts.decision.levels}
    gap = levels.get("breaches")
    proof = "open" if gap is None or gap > PROVEN_GAP else "least"
    return say(
        "conflict.verdict_relaxed" if facts.decision.conflict is None else "conflict.verdict_repaired",
        facts.lang,
        count=number(len(check.relaxed)),
        price=f"{check.price:g}",
        proof=say(f"conflict.proof_{proof}", facts.lang),
    )


def _feasible(facts: Facts) -> str:
    gaps = [level.gap for level in facts.decision.levels]
    known = [gap for gap in gaps if gap is not None]
    if not gaps or len(known) < len(gaps):
        return say("report.verdict_unbounded", facts.lang)
    return say("report.verdict_feasible", facts.lang, gap=gap_text(max(known)))


def _detail(facts: Facts, check: CheckReport) -> str:
    if not facts.moves:
        return say("report.detail_still", facts.lang)
    before, after = _unfilled(facts.decision)
    return say(
        "report.detail_plan",
        facts.lang,
        eligible=number(check.eligible),
        moved=number(check.moved),
        share=_share(check.moved, check.eligible),
        backbone=number(check.backbone_moved),
        before=number(before),
        after=number(after),
    )


def figures(facts: Facts) -> tuple[Figure, ...]:
    """Key figures, the most important first; those of the moves only where there is a plan."""
    check = facts.decision.check
    moved = () if check is None else _moved_figures(facts, check)
    travel = () if check is None or not facts.moves else (_distance_figure(facts), _wish_figure(facts))
    return (*moved, *_state_figures(facts), *travel)


def _moved_figures(facts: Facts, check: CheckReport) -> tuple[Figure, ...]:
    moved = {"eligible": number(check.eligible), "share": _share(check.moved, check.eligible)}
    return (
        _figure(facts, "moved", number(check.moved), **moved),
        _figure(
            facts, "backbone", number(check.backbone_moved), share=_share(check.backbone_moved, check.moved)
        ),
    )


def _state_figures(facts: Facts) -> tuple[Figure, ...]:
    decision = facts.decision
    unfilled = [number(n) for n in _unfilled(decision)]
    judged = [line for line in facts.spread if line.before.met is not None or line.after.met is not None]
    within = [sum(x.before.met is True for x in judged), sum(x.after.met is True for x in judged)]
    balance = [number(m.balance, 3) for m in (decision.before, decision.after)]
    passed = [sum(s.passed is True for s in m.sections) for m in (decision.before, decision.after)]
    posts = number(sum(row.posts for row in decision.staffing))
    needed = decision.policy.indicators.required_met
    return (
        _figure(facts, "unfilled", _moved_on(facts, *unfilled), posts=posts),
        _figure(facts, "balance", _moved_on(facts, *balance)),
        _figure(facts, "cv", _moved_on(facts, *map(str, within)), count=len(judged)),
        _figure(
            facts,
            "passed",
            _moved_on(facts, *map(number, passed)),
            count=number(len(facts.sections)),
            needed=needed,
        ),
    )


def _moved_on(facts: Facts, before: str, after: str) -> str:
    """Both values where there is a plan, the present one where there is none."""
    return before if facts.decision.check is None else change(before, after)


def _distance_figure(facts: Facts) -> Figure:
    known = [line.move.distance_km for line in facts.moves if line.move.distance_km is not None]
    mean = number(sum(known) / len(known) if known else None, 1)
    longest = number(max(known, default=None), 1)
    return _figure(facts, "km", say("report.figure_km_value", facts.lang, km=mean), longest=longest)


def _wish_figure(facts: Facts) -> Figure:
    asked = [line for line in facts.moves if line.move.teacher_id in facts.wishes_of]
    granted = sum(line.wish is not None for line in asked)
    value = say("report.figure_wishes_value", facts.lang, granted=number(granted), asked=number(len(asked)))
    return _figure(facts, "wishes", value)


def _figure(facts: Facts, name: str, value: str, /, **params: object) -> Figure:
    note = say(f"report.figure_{name}_note", facts.lang, **params)
    return Figure(say(f"report.figure_{name}", facts.lang), value, note)


def wish_summary(facts: Facts) -> str:
    """Count what became of the wishes, in one sentence."""
    wishes = facts.wishes
    granted = sum(line.granted is not None for line in wishes)
    stays = sum(line.to_school is None for line in wishes)
    return say(
        "report.wish_summary",
        facts.lang,
        asked=number(len(wishes)),
        granted=number(granted),
        elsewhere=number(len(wishes) - granted - stays),
        stays=number(stays),
    )


def provenance(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Everything needed to repeat the run, as label and value."""
    decision, lang = facts.decision, facts.lang
    run = decision.run
    entries = {
        "status": say(f"levels.{decision.status.value}", lang),
        "as_of": str(run.as_of),
        "policy": run.policy,
        "policy_sha256": run.policy_sha256,
        "input_sha256": run.input_sha256,
        "engine": run.engine,
        "format": str(run.format),
        "seed": str(run.seed),
        "seconds": number(_seconds(decision), 1),
        "memory": number(run.peak_mib),
    }
    return tuple((say(f"report.{name}", lang), value) for name, value in entries.items())


def privacy(facts: Facts) -> str:
    """What the file says of teachers' names."""
    return say("report.privacy_shown" if facts.show_names else "report.privacy", facts.lang)


def _seconds(decision: Decision) -> float:
    seconds = decision.run.seconds
    return seconds["total"] if "total" in seconds else sum(seconds.values())


def _unfilled(decision: Decision) -> tuple[int, int]:
    rows = decision.staffing
    return sum(r.unfilled_before for r in rows), sum(r.unfilled_after for r in rows)


def _share(part: int, whole: int) -> str:
    return percent(part / whole if whole else None)
