"""The command that asks what it takes to pass, moves and money together: reach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from allocator.cli import conflicts, show
from allocator.cli.options import (
    LANGUAGE,
    AsOfOption,
    District,
    GapOption,
    JsonOption,
    LangOption,
    OutFolder,
    PolicyOption,
    QuietOption,
    SeedOption,
    SetOption,
    TimeOption,
    WorkersOption,
    month,
)
from allocator.cli.running import Ask
from allocator.domain.plan import Status
from allocator.domain.reaching import ReachDecision
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.errors import InfeasibleError, LimitError
from allocator.text import Lang, say

if TYPE_CHECKING:
    from allocator.io.reading import Reading
    from allocator.reaching.writing import WrittenReach

MOST_LINES = 12
"""Shortfalls shown on the terminal; the report has them all."""


def reach(
    district: District,
    out: OutFolder,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    time_limit: TimeOption = None,
    gap: GapOption = 1e-4,
    seed: SeedOption = 0,
    workers: WorkersOption = 1,
    overrides: SetOption = None,
    quiet: QuietOption = False,
    lang: LangOption = LANGUAGE,
    as_json: JsonOption = False,
) -> None:
    """Find the cheapest mix of moves and money with which everything passes."""
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  help stays fast
    from allocator.reaching import reach_standard  # noqa: PLC0415  as above

    profile, date = load_policy(policy or DEFAULT_POLICY, overrides or ()), month(as_of)

    def found(reading: Reading, stop: StopSignal, progress: ProgressSink | None) -> WrittenReach:
        return reach_standard(
            reading.district, profile, as_of=date, progress=progress, stop=stop, warnings=reading.warnings
        )

    limits = Limits(time_s=time_limit, gap=gap, seed=seed, workers=workers)
    result = Ask(district, out, limits, lang.value, quiet or as_json, as_json).run(found)
    folder = result.write(out, lang=lang.value)
    if as_json:
        from allocator.reaching.writing import reach_document  # noqa: PLC0415  as above

        show.print_json(reach_document(result, lang.value))
    else:
        _show(result, folder, lang.value)
    if result.status is Status.INFEASIBLE:
        raise InfeasibleError("reach.infeasible")
    if result.standard is None:
        raise LimitError("reach.none_found")


def _show(result: ReachDecision, folder: Path, lang: Lang) -> None:
    """Print what it costs, how far that is proven, and what is missing."""
    from allocator.reporting.reaching import cost_rows, details, headline  # noqa: PLC0415  help stays fast

    if result.standard is not None:
        headers = [say(f"reach.col_{name}", lang) for name in ("what", "count", "yuan")]
        show.table(say("reach.part_cost", lang), headers, cost_rows(result, lang), right=range(1, 3))
    elif result.conflict is not None:
        conflicts.conflict(result.conflict, lang)
    style = "bold green" if result.passes else "bold yellow"
    show.out.print(headline(result, lang), style=style, markup=False, soft_wrap=True)
    for sentence in details(result, lang) if result.standard is not None else ():
        show.out.print(sentence, markup=False, soft_wrap=True)
    _missing(result, lang)
    show.out.print(say("reach.open_report", lang, path=folder / "reach.html"), markup=False, soft_wrap=True)


def _missing(result: ReachDecision, lang: Lang) -> None:
    from allocator.reporting.reaching import shortfall_text  # noqa: PLC0415  as above

    rows = [] if result.standard is None else [s for s in result.standard.shortfalls if s.school_id is not None]
    if not rows:
        return
    show.out.print(say("reach.missing_title", lang), style="bold")
    for row in rows[:MOST_LINES]:
        text = show.one_line(shortfall_text(row, lang))
        show.out.print(f"  - {text}", markup=False, soft_wrap=True)
    if len(rows) > MOST_LINES:
        show.out.print("  " + say("reach.more", lang, count=len(rows) - MOST_LINES))
