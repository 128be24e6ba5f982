"""Commands that plan and check: rotate, check, demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allocator.cli import alliance_results, conflicts, funding_check, several, show
from allocator.cli.judgements import tell
from allocator.cli.language import spoken, words
from allocator.cli.options import (
    LANGUAGE,
    AsOfOption,
    District,
    GapOption,
    JsonOption,
    LangOption,
    NamesOption,
    OutFolder,
    PolicyOption,
    QuietOption,
    SeedOption,
    SetOption,
    TimeOption,
    WorkersOption,
    month,
)
from allocator.cli.replanning import FromOption, LockOption, show_changes
from allocator.cli.running import Ask
from allocator.domain.fields import Month
from allocator.domain.plan import Decision, Move, Status
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.errors import InfeasibleError, LimitError, UsageError
from allocator.text import Lang, say

if TYPE_CHECKING:
    from allocator.io.reading import Reading

RepairOption = Annotated[bool, typer.Option("--repair", help=say("conflict.opt_repair", spoken()))]
ExplainOption = Annotated[
    float | None,
    typer.Option("--explain", metavar="S", min=0.0, help=say("why.opt_explain", spoken()), show_default=False),
]
PlanArgument = Annotated[Path, typer.Argument(metavar="PLAN", help=words("arg_plan"), show_default=False)]


def rotate(
    district: District,
    out: OutFolder,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    time_limit: TimeOption = None,
    gap: GapOption = 1e-4,
    seed: SeedOption = 0,
    workers: WorkersOption = 1,
    overrides: SetOption = None,
    locks: LockOption = None,
    approved: FromOption = None,
    show_names: NamesOption = False,
    quiet: QuietOption = False,
    repair: RepairOption = False,
    lang: LangOption = LANGUAGE,
    as_json: JsonOption = False,
    alternatives: several.AlternativesOption = None,
    loss: several.LossOption = 0.01,
    least_distance: several.DistanceOption = 1,
    explain: ExplainOption = None,
) -> None:
    """Plan a rotation and write its report."""
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  help stays fast

    profile = load_policy(policy or DEFAULT_POLICY, overrides or ())
    limits = Limits(time_s=time_limit, gap=gap, seed=seed, workers=workers)
    changing: dict[str, Any] = {"locks": tuple(locks or ()), "repair": repair}
    ask = Ask(district, out, limits, lang.value, quiet or as_json, as_json)
    if alternatives is not None:
        asked = (alternatives, loss, least_distance)
        if approved is not None:
            raise UsageError("several.not_replanned")
        if explain is not None:
            raise UsageError("why.only_rotation")
        result, folder = several.find_alternatives(
            ask, profile, month(as_of), asked, changing=changing, show_names=show_names
        )
        _report(result.plan, folder, lang.value, stopped=False, as_json=as_json)
        if not as_json:
            several.show_alternatives(result, folder, lang.value)
        return
    changing["approved"] = approved
    _plan(ask, profile, month(as_of), changing=changing, show_names=show_names, explain_s=explain)


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help=words("opt_out"))] = Path("demo"),
    lang: LangOption = LANGUAGE,
    quiet: QuietOption = False,
) -> None:
    """Plan the Xiqing scenario."""
    from allocator.io.policies import load_policy  # noqa: PLC0415  light import
    from allocator.io.resources import instances_folder  # noqa: PLC0415  light import

    scenario = instances_folder() / "scenarios" / "xiqing-2023"
    profile = load_policy(scenario / "policy.yaml")
    show.out.print(say("cli.scenario_note", lang.value), style="dim")
    _plan(Ask(scenario, out, Limits(), lang.value, quiet), profile, None)


def _plan(
    ask: Ask,
    profile: Policy,
    as_of: Month | None,
    *,
    changing: Mapping[str, Any] | None = None,
    show_names: bool = False,
    explain_s: float | None = None,
) -> None:
    """Plan, explain if asked to, write, summarise."""
    from allocator import api  # noqa: PLC0415  help stays fast

    def work(reading: Reading, stop: StopSignal, progress: ProgressSink | None) -> tuple[api.Decision, bool]:
        warnings, further = reading.warnings, changing or {}
        decision = api.plan_rotation(
            reading.district, profile, as_of=as_of, stop=stop, warnings=warnings, progress=progress, **further
        )
        if not ask.as_json:
            show.faults(decision.warnings[len(reading.warnings) :], ask.lang)
        if explain_s is not None and decision.moves:
            decision = api.explain_moves(decision, explain_s, progress=progress, stop=stop.further(explain_s))
        return decision, stop.requested

    decision, stopped = ask.run(work)
    folder = decision.write(ask.out, lang=ask.lang, show_names=show_names)
    _report(decision, folder, ask.lang, stopped=stopped, as_json=ask.as_json)


def _report(decision: Decision, folder: Path, lang: Lang, *, stopped: bool, as_json: bool) -> None:
    """Print the summary and end with the exit code of the status."""
    if as_json:
        from allocator.io.results import result_document  # noqa: PLC0415  light import

        show.print_json(result_document(decision, lang=lang))
    elif decision.check is not None:
        if stopped:
            show.err.print(say("cli.stopped", lang), style="yellow")
        counts = decision.check
        show.levels(decision.levels, lang)
        show.spread(decision.before, decision.after, lang)
        show_changes(decision, lang)
        show.out.print(
            say(
                "cli.summary",
                lang,
                eligible=counts.eligible,
                moved=counts.moved,
                backbone=counts.backbone_moved,
            )
        )
        if decision.explanations is not None:
            found = decision.explanations
            params = {"moved": found.moved, "explained": len(found.whys), "budget": found.budget}
            show.out.print(say("why.done", lang, **params))
        if decision.violations:
            conflicts.relaxed(counts, lang)
        else:
            gap = _largest_gap(decision)
            name = "verdict_unbounded" if gap is None else f"verdict_{decision.status}"
            show.out.print(say(f"report.{name}", lang, gap=gap), style="bold green")
    if not as_json and (decision.status is Status.INFEASIBLE or decision.conflict is not None):
        conflicts.conflict(decision.conflict, lang)
    if not as_json:
        report = folder / "report.html"
        show.out.print(say("cli.open_report", lang, path=report), markup=False, soft_wrap=True)
    if decision.status is Status.INFEASIBLE:
        hint = "conflict.no_repair" if decision.policy.elastic_rules else "conflict.repair_hint"
        raise InfeasibleError("conflict.infeasible", hint=say(hint, lang))
    if decision.check is None:
        raise LimitError("cli.stopped_early" if stopped else "cli.no_plan")


def _largest_gap(decision: Decision) -> str | None:
    """Largest gap of all levels as text; None if a level has none."""
    gaps = [level.gap for level in decision.levels]
    return None if None in gaps else f"{max(gap for gap in gaps if gap is not None):.4%}"


def check(
    district: District,
    plan: PlanArgument,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    overrides: SetOption = None,
    locks: LockOption = None,
    approved: FromOption = None,
    lang: LangOption = LANGUAGE,
    as_json: JsonOption = False,
) -> None:
    """Judge a plan from the tables alone."""
    from allocator.io.alliance_plans import is_alliance_plan  # noqa: PLC0415  light import
    from allocator.io.splits import is_split  # noqa: PLC0415  light import

    if is_split(plan):
        if as_of or locks or approved:
            raise UsageError("alliance_plan.rotation_only")
        funding_check.check(district, plan, policy, overrides, lang.value, as_json=as_json)
        return

    if is_alliance_plan(plan):
        if as_of or locks or approved:
            raise UsageError("alliance_plan.rotation_only")
        alliance_results.check(district, plan, policy, overrides, lang.value, as_json=as_json)
        return
    from allocator import engine  # noqa: PLC0415  light import
    from allocator.api import check_plan  # noqa: PLC0415  light import
    from allocator.cli.claims import Claims  # noqa: PLC0415  light import
    from allocator.io import read, read_plan  # noqa: PLC0415  light import
    from allocator.io.locks import add_locks  # noqa: PLC0415  light import
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  light import

    claims = Claims.of(plan)
    if policy is None and not overrides and claims.policy is not None:
        profile = claims.policy
    else:
        profile = load_policy(policy or DEFAULT_POLICY, overrides or ())
    reading = read(district)
    moves = read_plan(plan, reading.district)
    _of_one_year(moves, plan)
    judged = claims.within(add_locks(reading.district, locks or claims.locks).district)
    earlier = claims.approved if approved is None else approved
    report = check_plan(judged, moves, profile, as_of=month(as_of) or claims.as_of, approved=earlier)
    dated = engine.reference_date(judged, profile, month(as_of) or claims.as_of)[1]
    warnings = (*reading.warnings, *dated)
    problems = claims.problems(judged, profile, report, lang.value)
    within = claims.memberships and say("combined.judged_within", lang.value)
    tell(report, profile, problems, lang.value, warnings, within=within or None, as_json=as_json)


def _of_one_year(moves: Sequence[Move], plan: Path) -> None:
    """Refuse moves of several years: each year has a district of its own."""
    years = {move.year for move in moves if move.year is not None}
    if len(years) > 1:
        raise UsageError("several.is_rollout", path=str(plan), first=min(years), last=max(years))
