"""Results of campaigns on disk: one folder a plan, and tables and a page that compare them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from tempfile import TemporaryDirectory

from allocator.campaign.judging import kilometres
from allocator.domain.plan import Decision
from allocator.domain.several import Alternatives, Rollout, TradeOff
from allocator.errors import UsageError
from allocator.text import DEFAULT_LANG, Lang

PLAN_FILES = ("result.json", "moves.csv", "indicators.csv", "staffing.csv", "plan.xlsx", "report.html")


def write_plan(decision: Decision, folder: Path, lang: Lang, *, show_names: bool) -> None:
    """Write everything about one plan, as `Decision.write` does."""
    from allocator.io.results import write_results  # noqa: PLC0415  a campaign that is not written needs no Excel
    from allocator.reporting import write_report  # noqa: PLC0415  as above

    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".", suffix=".part") as folder_beside:
        beside = Path(folder_beside)
        write_results(decision, beside, lang=lang, show_names=show_names)
        write_report(decision, beside, lang=lang, show_names=show_names)
        for file in sorted(beside.iterdir()):
            file.replace(folder / file.name)


def _drop_stale(target: Path, prefix: str, kept: Collection[int]) -> None:
    """Remove what an earlier, larger result left: folders PREFIX-N with a result that is not of this one."""
    for folder in target.glob(f"{prefix}-*"):
        number = folder.name.removeprefix(f"{prefix}-")
        if number.isdecimal() and int(number) not in kept and (folder / "result.json").is_file():
            for name in PLAN_FILES:
                (folder / name).unlink(missing_ok=True)
            if not any(folder.iterdir()):
                folder.rmdir()


def _into(folder: str | Path, write: Callable[[Path], None]) -> Path:
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        write(target)
    except OSError as fault:
        raise UsageError("unwritable", path=str(target), reason=fault.strerror or "") from fault
    return target


def write_alternatives(
    result: Alternatives, folder: str | Path, *, lang: Lang = DEFAULT_LANG, show_names: bool = False
) -> Path:
    """Write the plan, `alternative-1`, `alternative-2` ... beside it, and `alternatives.{csv,xlsx,html}`."""
    from allocator.io import several as tables  # noqa: PLC0415  as above
    from allocator.reporting.alternatives import alternatives_booklet, differing  # noqa: PLC0415  as above
    from allocator.reporting.booklet import write_booklet  # noqa: PLC0415  as above

    def write(target: Path) -> None:
        for k, decision in enumerate(result.decisions):
            write_plan(decision, target / tables.plan_folder(k), lang, show_names=show_names)
        _drop_stale(target, "alternative", range(1, len(result.decisions)))
        tables.write_alternatives(result, target, differing(result))
        write_booklet(alternatives_booklet(result, lang, show_names=show_names), target, "alternatives")

    return _into(folder, write)


def write_tradeoff(
    result: TradeOff, folder: str | Path, *, lang: Lang = DEFAULT_LANG, show_names: bool = False
) -> Path:
    """Write `point-1`, `point-2` ... and `tradeoff.{csv,xlsx,html}`."""
    from allocator.io import several as tables  # noqa: PLC0415  as above
    from allocator.reporting.booklet import write_booklet  # noqa: PLC0415  as above
    from allocator.reporting.tradeoff import tradeoff_booklet  # noqa: PLC0415  as above

    def write(target: Path) -> None:
        for k, point in enumerate(result.points, start=1):
            write_plan(point.decision, target / f"point-{k}", lang, show_names=show_names)
        _drop_stale(target, "point", range(1, len(result.points) + 1))
        tables.write_tradeoff(result, target)
        own = {
            "moves": float(len(result.plan.moves)),
            "balance": result.plan.after.balance,
            "km": kilometres(result.plan.district, result.plan.moves),
        }
        write_booklet(tradeoff_booklet(result, own, lang), target, "tradeoff")

    return _into(folder, write)


def write_rollout(
    result: Rollout, folder: str | Path, *, lang: Lang = DEFAULT_LANG, show_names: bool = False
) -> Path:
    """Write `year-2026`, `year-2027` ..., `moves.csv`, `years.csv` and `rollout.{json,xlsx,html}`."""
    from allocator.io import several as tables  # noqa: PLC0415  as above
    from allocator.reporting.booklet import write_booklet  # noqa: PLC0415  as above
    from allocator.reporting.rollout import rollout_booklet  # noqa: PLC0415  as above

    def write(target: Path) -> None:
        for year in result.years:
            write_plan(year.decision, target / f"year-{year.as_of.year}", lang, show_names=show_names)
        _drop_stale(target, "year", [year.as_of.year for year in result.years])
        tables.write_rollout(result, target, lang)
        write_booklet(rollout_booklet(result, lang), target, "rollout")

    return _into(folder, write)


class WrittenAlternatives(Alternatives):
    """Alternatives that can write themselves."""

    def write(self, folder: str | Path, *, lang: Lang = DEFAULT_LANG, show_names: bool = False) -> Path:
        """Write all plans and their comparison; see `write_alternatives`."""
        return write_alternatives(self, folder, lang=lang, show_names=show_names)


class WrittenTradeOff(TradeOff):
    """A trade-off that can write itself."""

    def write(self, folder: str | Path, *, lang: Lang = DEFAULT_LANG, show_names: bool = False) -> Path:
        """Write all points and the front; see `write_tradeoff`."""
        return write_tradeoff(self, folder, lang=lang, show_names=show_names)


class WrittenRollout(Rollout):
    """A roll-out that can write itself."""

    def write(self, folder: str | Path, *, lang: Lang = DEFAULT_LANG, show_names: bool = False) -> Path:
        """Write all years and their summary; see `write_rollout`."""
        return write_rollout(self, folder, lang=lang, show_names=show_names)
