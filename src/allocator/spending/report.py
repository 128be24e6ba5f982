"""The readable files of a split: the page, with its sentences, and the workbook that recomputes it."""

from __future__ import annotations

from pathlib import Path

from allocator.domain.funding import FundingDecision
from allocator.errors import UsageError
from allocator.spending.limits import above_limits, above_text, only_floors
from allocator.spending.nothing_chosen import nothing_chosen
from allocator.spending.road import weak_schools
from allocator.spending.writing import conflict_text, relaxation_texts
from allocator.text import DEFAULT_LANG, Lang, say


def write_report(
    decision: FundingDecision, folder: Path | str, *, lang: Lang = DEFAULT_LANG
) -> tuple[Path, ...]:
    """Write `report.html` and, where there is a split, `split.xlsx` into a folder.

    Raises
    ------
    UsageError
        If a file cannot be written.
    """
    from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415  importing allocator stays light

    from allocator.reporting.booklet import beside, page, write_text  # noqa: PLC0415  as above
    from allocator.reporting.money.page import funding_booklet  # noqa: PLC0415  as above
    from allocator.reporting.money.workbook import write_split_workbook  # noqa: PLC0415  as above

    target = Path(folder)
    booklet = funding_booklet(decision, lang, notes(decision, lang), ways(decision, lang))
    try:
        target.mkdir(parents=True, exist_ok=True)
        written = [beside(target / "report.html", lambda path: write_text(path, page(booklet)))]
        if not decision.conflicts:
            weak = weak_schools(decision.before, decision.policy)
            book = target / "split.xlsx"
            written.append(beside(book, lambda path: write_split_workbook(decision, path, weak, lang)))
        return tuple(written)
    except (OSError, FileCreateError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError("unwritable", path=str(folder), reason=reason) from error


def notes(decision: FundingDecision, lang: Lang) -> tuple[str, ...]:
    """Say why grants cannot be split, or which CVs stay above their limits."""
    if decision.conflicts:
        return tuple(conflict_text(conflict, lang) for conflict in decision.conflicts)
    full = tuple(say("funding.floors_take_all", lang, grant=code) for code in only_floors(decision))
    nothing = nothing_chosen(decision, lang)
    return full + nothing + tuple(above_text(row, lang) for row in above_limits(decision))


def ways(decision: FundingDecision, lang: Lang) -> tuple[str, ...]:
    """Say the ways out of the conflicts."""
    return tuple(
        f"{conflict.grant_id}: {way}"
        for conflict in decision.conflicts
        for way in relaxation_texts(conflict, lang)
    )
