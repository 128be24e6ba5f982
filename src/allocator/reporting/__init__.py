"""A finished decision as a workbook to print and a page to show."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from allocator.domain.plan import Decision
from allocator.errors import UsageError
from allocator.text import DEFAULT_LANG, Lang

__all__ = ["write_report"]


def write_report(
    decision: Decision, folder: Path | str, *, lang: Lang = DEFAULT_LANG, show_names: bool = False
) -> tuple[Path, ...]:
    """Write `plan.xlsx` and `report.html`.

    Parameters
    ----------
    decision
        A finished run, with or without a plan.
    folder
        Where to write; made if it does not exist. Each file is written beside and then renamed.
    lang
        Language of both files.
    show_names
        Show teachers' names in full; otherwise only the first character.

    Returns
    -------
    tuple of Path
        The workbook and the page.

    Raises
    ------
    UsageError
        If the folder cannot be written.
    """
    from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415  importing allocator stays light

    from allocator.reporting.facts import Facts  # noqa: PLC0415  as above
    from allocator.reporting.page import write_page  # noqa: PLC0415  as above
    from allocator.reporting.workbook import write_workbook  # noqa: PLC0415  as above

    target = Path(folder)
    facts = Facts(decision, lang, show_names)
    try:
        target.mkdir(parents=True, exist_ok=True)
        return (
            _beside(target / "plan.xlsx", lambda path: write_workbook(facts, path)),
            _beside(target / "report.html", lambda path: write_page(facts, path)),
        )
    except (OSError, FileCreateError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError("unwritable", path=str(folder), reason=reason) from error


def _beside(path: Path, write: Callable[[Path], None]) -> Path:
    """Write a file beside its place and rename it, so that nobody opens half a file."""
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
