"""Title, verdict and provenance of a plan of alliances."""

from __future__ import annotations

from dataclasses import replace
from math import fsum

from allocator.domain.alliance_words import losses_text
from allocator.domain.plan import Status
from allocator.reporting.allied.ground import Ground
from allocator.reporting.allied.standing import sharing_summary
from allocator.reporting.grid import Column, Grid
from allocator.reporting.grids_plan import levels_table
from allocator.reporting.wording import number
from allocator.text import say


def title(ground: Ground) -> str:
    """Title with the district's name and year."""
    key = "title_district" if ground.form == "district" else "title"
    info = ground.decision.district.info
    name = info.name or say("report.district_unnamed", ground.lang)
    if info.year is None:
        return ground.say(key, district=name)
    return ground.say(f"{key}_year", district=name, year=info.year)


def subtitle(ground: Ground) -> str:
    """Form and policy profile."""
    policy, request = ground.decision.policy, ground.decision.request
    name = (policy.name_zh if ground.lang == "zh" else policy.name_en) or policy.id
    alike = request.form == "pair" and request.kind == "same_level"
    form = ground.say("form_same_level" if alike else f"form_{request.form}")
    return ground.say("subtitle", form=form, policy=name)


def verdict(ground: Ground) -> tuple[str, str]:
    """Tone and headline."""
    decision = ground.decision
    if decision.plan is None or decision.check is None:
        known = decision.status is Status.INFEASIBLE
        none = "verdict_infeasible" if known else "verdict_unknown"
        return "bad", ground.say(f"{none}_district" if known and ground.form == "district" else none)
    if not decision.check.passed:
        return "bad", ground.say("verdict_broken", count=len(decision.check.broken))
    if decision.check.violations:
        return "fair", ground.say("verdict_relaxed", count=len(decision.check.violations))
    if decision.status is Status.OPTIMAL:
        return "good", ground.say("verdict_optimal")
    return "fair", ground.say("verdict_feasible")


def details(ground: Ground) -> tuple[str, ...]:
    """What the plan is, what sharing would lift, what changed, what stability costs."""
    decision = ground.decision
    if decision.plan is None:
        return tuple(fault.text(ground.lang) for fault in decision.problems)
    found = [_districts(ground) if ground.form == "district" else _plan(ground)]
    if decision.sharing is not None and decision.sharing.radiation is not None:
        found.append(sharing_summary(ground, decision.sharing))
    if decision.changes:
        found.append(ground.say("detail_changes", count=len(decision.changes)))
    if decision.stable_price is not None:
        losses = losses_text(decision.stable_price, ground.lang) or say("alliance.no_price", ground.lang)
        found.append(ground.say("detail_stable", losses=losses))
    return tuple(found)


def _plan(ground: Ground) -> str:
    km = [tie.worth.km for tie in ground.decision.ties if tie.worth.km is not None]
    return ground.say(
        "detail_plan",
        alliances=len(ground.alliances),
        schools=len(ground.parts),
        outside=len(ground.decision.outside),
        mean=number(fsum(km) / len(km) if km else None, 2),
        farthest=number(max(km, default=None), 2),
    )


def _districts(ground: Ground) -> str:
    plan = ground.decision.plan
    towns = {} if plan is None else plan.districts
    return ground.say("detail_districts", towns=len(towns), districts=len(set(towns.values())))


def levels_grid(ground: Ground) -> Grid:
    """Objective levels; before is the last period, and a bound may lie above."""
    grid = levels_table(ground.decision.levels, ground.lang)
    before = "level_before_district" if ground.form == "district" else "level_before"
    own = {2: before, 5: "level_bound"}
    columns = (
        Column(ground.say(own[k]), "number") if k in own else column for k, column in enumerate(grid.columns)
    )
    return replace(grid, columns=tuple(columns))


def provenance_grid(ground: Ground) -> Grid:
    """Everything needed to repeat the run."""
    run = ground.decision.run
    entries = {
        "status": say(f"levels.{ground.decision.status.value}", ground.lang),
        "as_of": str(run.as_of),
        "policy": run.policy,
        "policy_sha256": run.policy_sha256,
        "input_sha256": run.input_sha256,
        "engine": run.engine,
        "format": str(run.format),
        "seed": str(run.seed),
        "seconds": number(fsum(run.seconds.values()), 1),
    }
    heads = (Column(ground.say("item")), Column(ground.say("value"), "code", widest=80))
    rows = ((say(f"report.{name}", ground.lang), value) for name, value in entries.items())
    return Grid("provenance", heads, tuple(rows))
