"""The command that forms alliances and rotates inside them: plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from allocator.cli import conflicts, show
from allocator.cli.allying import (
    CapacityOption,
    FormChoice,
    FormOption,
    KindChoice,
    KindOption,
    LeadOption,
    StableOption,
    TagOption,
    infeasible,
    read_capacities,
)
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
from allocator.cli.planning import RepairOption
from allocator.cli.replanning import FromOption, LockOption, show_changes
from allocator.cli.running import Ask
from allocator.domain.combined import CombinedPlan
from allocator.domain.plan import Status
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.errors import InfeasibleError, LimitError
from allocator.text import Lang, say

if TYPE_CHECKING:
    from allocator.combined.writing import WrittenCombinedPlan
    from allocator.io.reading import Reading


def plan(
    district: District,
    out: OutFolder,
    form: FormOption = FormChoice.PAIR,
    kind: KindOption = KindChoice.STRONG_WEAK,
    tags: TagOption = None,
    leads: LeadOption = None,
    capacities: CapacityOption = None,
    stable: StableOption = False,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    time_limit: TimeOption = None,
    gap: GapOption = 1e-4,
    seed: SeedOption = 0,
    workers: WorkersOption = 1,
    overrides: SetOption = None,
    locks: LockOption = None,
    approved: FromOption = None,
    repair: RepairOption = False,
    show_names: NamesOption = False,
    quiet: QuietOption = False,
    lang: LangOption = LANGUAGE,
    as_json: JsonOption = False,
) -> None:
    """Form alliances, rotate inside them, and compare with a free plan."""
    from allocator.combined import plan_district  # noqa: PLC0415  as above
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  as above

    profile = load_policy(policy or DEFAULT_POLICY, overrides or ())
    room, date = read_capacities(capacities or ()), month(as_of)

    signals: list[StopSignal] = []

    def combined(reading: Reading, stop: StopSignal, progress: ProgressSink | None) -> WrittenCombinedPlan:
        signals.append(stop)
        return plan_district(
            reading.district,
            profile,
            form=form.value,
            kind=kind.value,
            leads=leads,
            tags=tags,
            capacities=room,
            stable=stable,
            locks=tuple(locks or ()),
            approved=approved,
            repair=repair,
            as_of=date,
            progress=progress,
            stop=stop,
            warnings=reading.warnings,
        )

    limits = Limits(time_s=time_limit, gap=gap, seed=seed, workers=workers)
    result = Ask(district, out, limits, lang.value, quiet or as_json, as_json).run(combined)
    folder = result.write(out, lang=lang.value, show_names=show_names)
    if as_json:
        from allocator.io.combined import combined_document  # noqa: PLC0415  as above

        show.print_json(combined_document(result, lang.value))
    else:
        _show(result, folder, lang.value)
    _end(result, lang.value, stopped=any(stop.requested for stop in signals))


def _show(result: CombinedPlan, folder: Path, lang: Lang) -> None:
    """Print the summary: what was formed and found, what it costs, and why a plan is missing."""
    from allocator.reporting.combined import (  # noqa: PLC0415  help stays fast
        COST_COLUMNS,
        cost_rows,
        counts,
        headline,
    )

    show.faults([w for w in result.alliances.warnings if w.key.startswith("alliance.")], lang)
    if result.within is not None:
        for sentence in counts(result, lang):
            show.out.print(sentence, markup=False, soft_wrap=True)
        headers = [say(f"combined.col_{name}", lang) for name in ("level", *COST_COLUMNS)]
        rows = [
            (
                say("several.with_unit", lang, name=name, unit=unit),
                *(show.number(value, digits) for value in values),
            )
            for name, unit, digits, values in cost_rows(result, lang)
        ]
        if rows:
            show.table(say("combined.levels", lang), headers, rows, right=range(1, len(headers)))
        for name, decision in (("within", result.within), ("free", result.free)):
            if decision is not None and decision.status is Status.INFEASIBLE:
                show.out.print(say(f"combined.col_{name}", lang), style="bold")
                conflicts.conflict(decision.conflict, lang)
        if result.within.check is not None:
            show_changes(result.within, lang)
        style = "bold green" if result.compared else "bold yellow"
        show.out.print(headline(result, lang), style=style, soft_wrap=True)
        page = folder / "plan.html"
        show.out.print(say("combined.open_report", lang, path=page), markup=False, soft_wrap=True)
    else:
        show.out.print(say("alliance.written", lang, path=folder), markup=False, soft_wrap=True)


def _end(result: CombinedPlan, lang: Lang, *, stopped: bool) -> None:
    """End with the exit code of what was asked for: a plan inside the alliances."""
    if result.alliances.status is Status.INFEASIBLE:
        raise infeasible(result.alliances, lang)
    if result.within is None:
        raise LimitError("alliance.none_found")
    if result.within.status is Status.INFEASIBLE:
        raise InfeasibleError("combined.infeasible")
    if result.within.check is None:
        raise LimitError("cli.stopped_early" if stopped else "combined.none_found")
