"""Commands that plan and check: rotate, check, demo."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from allocator.cli import conflicts, several, show
from allocator.cli.language import spoken, words
from allocator.cli.options import (
    LANGUAGE,
    AsOfOption,
    District,
    JsonOption,
    LangOption,
    NamesOption,
    PolicyOption,
    QuietOption,
    SetOption,
    month,
)
from allocator.cli.progress import TerminalProgress, stoppable
from allocator.cli.replanning import FromOption, LockOption, show_changes
from allocator.domain.fields import Month
from allocator.domain.plan import Decision, Status
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, Progress, StopSignal
from allocator.errors import InfeasibleError, LimitError, UsageError
from allocator.text import Lang, say

TimeOption = Annotated[
    float | None, typer.Option("--time-limit", metavar="S", min=0.0, help=words("opt_time"), show_default=False)
]
GapOption = Annotated[float, typer.Option("--gap", min=0.0, help=words("opt_gap"))]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help=words("opt_seed"))]
WorkersOption = Annotated[int, typer.Option("--workers", min=1, help=words("opt_workers"))]
OutFolder = Annotated[Path, typer.Option("--out", "-o", help=words("opt_out"), show_default=False)]
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
    if alternatives is not None:
        ask = several.Ask(district, limits, lang.value, quiet or as_json, as_json)
        asked = (alternatives, loss, least_distance)
        if approved is not None:
            raise UsageError("several.not_replanned")
        if explain is not None:
            raise UsageError("why.only_rotation")
        result, folder = several.find_alternatives(
            ask, profile, month(as_of), asked, out, changing=changing, show_names=show_names
        )
        _report(result.plan, folder, lang.value, stopped=False, as_json=as_json)
        if not as_json:
            several.show_alternatives(result, folder, lang.value)
        return
    _plan(
        district,
        out,
        profile,
        month(as_of),
        limits,
        lang.value,
        changing=changing | {"approved": approved},
        show_names=show_names,
        quiet=quiet or as_json,
        as_json=as_json,
        explain_s=explain,
    )


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help=words("opt_out"))] = Path("demo"),
    lang: LangOption = LANGUAGE,
    quiet: QuietOption = False,
) -> None:
    """Plan the Xiqing scenario."""
    from allocator.io.policies import load_policy  # noqa: PLC0415
    from allocator.io.resources import instances_folder  # noqa: PLC0415

    scenario = instances_folder() / "scenarios" / "xiqing-2023"
    profile = load_policy(scenario / "policy.yaml")
    show.out.print(say("cli.scenario_note", lang.value), style="dim")
    _plan(scenario, out, profile, None, Limits(), lang.value, quiet=quiet)


def _plan(
    source: Path,
    out: Path,
    profile: Policy,
    as_of: Month | None,
    limits: Limits,
    lang: Lang,
    *,
    changing: Mapping[str, Any] | None = None,
    show_names: bool = False,
    quiet: bool = False,
    as_json: bool = False,
    explain_s: float | None = None,
) -> None:
    """Read, plan, write, summarise."""
    from allocator.api import explain_moves, plan_rotation, ready_to_write  # noqa: PLC0415
    from allocator.io import read  # noqa: PLC0415

    watcher = TerminalProgress(show.err, lang)
    began = time.monotonic()
    if not quiet:
        watcher(Progress("read", 0.0))
    reading = read(source)
    if not as_json:
        show.faults(reading.warnings, lang)
    ready_to_write(out)
    changing = changing or {}
    stop = StopSignal(limits)
    progress = None if quiet else watcher
    with stoppable(stop, show.err, lang), nullcontext() if quiet else watcher.shown():
        decision = plan_rotation(
            reading.district,
            profile,
            as_of=as_of,
            stop=stop,
            warnings=reading.warnings,
            progress=progress,
            **changing,
        )
        if explain_s is not None and decision.moves:
            decision = explain_moves(decision, explain_s, progress=progress, stop=stop.further(explain_s))
    if not quiet:
        watcher(Progress("write", time.monotonic() - began))
    folder = decision.write(out, lang=lang, show_names=show_names)
    _report(decision, folder, lang, stopped=stop.requested, as_json=as_json)


def _report(decision: Decision, folder: Path, lang: Lang, *, stopped: bool, as_json: bool) -> None:
    """Print the summary and end with the exit code of the status."""
    if as_json:
        from allocator.io.results import result_document  # noqa: PLC0415

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
    from allocator.api import check_plan  # noqa: PLC0415
    from allocator.cli.claims import Claims  # noqa: PLC0415
    from allocator.io import read, read_plan  # noqa: PLC0415
    from allocator.io.locks import add_locks  # noqa: PLC0415
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415

    claims = Claims.of(plan)
    if policy is None and not overrides and claims.policy is not None:
        profile = claims.policy
    else:
        profile = load_policy(policy or DEFAULT_POLICY, overrides or ())
    reading = read(district)
    moves = read_plan(plan, reading.district)
    judged = add_locks(reading.district, locks or claims.locks).district
    earlier = claims.approved if approved is None else approved
    report = check_plan(judged, moves, profile, as_of=month(as_of) or claims.as_of, approved=earlier)
    problems = claims.problems(judged, profile, report, lang.value)
    if as_json:
        from allocator.io.results import check_document  # noqa: PLC0415

        show.print_json({**check_document(report, lang=lang.value), "claims": problems})
    else:
        show.out.print(say("cli.judged_by", lang.value, policy=profile.id), style="dim", markup=False)
        show.rules(report, lang.value)
        _levels(report.levels_before, report.levels, lang.value)
        for problem in problems:
            show.out.print(problem, style="yellow", markup=False, soft_wrap=True)
    if not report.passed:
        raise InfeasibleError("cli.failed", count=len(report.broken))
    if not as_json and report.relaxed:
        price = {"count": len(report.relaxed), "price": f"{report.price:g}"}
        show.out.print(say("conflict.check_relaxed", lang.value, **price), style="bold yellow")
    elif not as_json:
        show.out.print(say("cli.passed", lang.value), style="bold green")


def _levels(before: Mapping[str, float], after: Mapping[str, float], lang: Lang) -> None:
    rows: Sequence[Sequence[str]] = [
        (say(f"levels.{name}", lang), *(show.number(v[name], show.DIGITS[name]) for v in (before, after)))
        for name in after
    ]
    headers = [say(f"cli.col_{name}", lang) for name in ("level", "before", "after")]
    show.table(say("cli.levels_title", lang), headers, rows, right=(1, 2))
