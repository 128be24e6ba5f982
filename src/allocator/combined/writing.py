"""The folder of a combined run: a folder each for alliances and rotations, and what compares them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from allocator.campaign.writing import write_plan
from allocator.domain.combined import CombinedPlan
from allocator.errors import UsageError
from allocator.text import DEFAULT_LANG, Lang

PLAN_FILES = ("result.json", "moves.csv", "indicators.csv", "staffing.csv", "plan.xlsx", "report.html")
"""Files of a rotation."""
PERHAPS = ("plan.html", "plan.xlsx", *(f"{part}/{file}" for part in ("within", "free") for file in PLAN_FILES))
"""Files that are written only if alliances were found."""


class WrittenCombinedPlan(CombinedPlan):
    """A combined plan that can write itself."""

    def write(self, folder: str | Path, *, lang: Lang = DEFAULT_LANG, show_names: bool = False) -> Path:
        """Write the parts into `alliances`, `within` and `free`, and `result.json`, `comparison.csv`, the page.

        Everything is complete before anything of an earlier result is replaced; files that it has and this one
        has not are removed.

        Raises
        ------
        UsageError
            If the folder cannot be written.
        """
        target = Path(folder)
        try:
            target.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=target, prefix=".", suffix=".part") as folder_beside:
                beside = Path(folder_beside)
                self._write(beside, lang, show_names=show_names)
                _replace_all(beside, target)
        except OSError as fault:
            raise UsageError("unwritable", path=str(target), reason=fault.strerror or "") from fault
        return target

    def _write(self, folder: Path, lang: Lang, *, show_names: bool) -> None:
        from allocator.io.alliances import write_alliances  # noqa: PLC0415  importing allocator stays light
        from allocator.io.combined import write_comparison  # noqa: PLC0415  as above

        write_alliances(self.alliances, folder / "alliances", lang=lang)
        for name, decision in (("within", self.within), ("free", self.free)):
            if decision is not None:
                write_plan(decision, folder / name, lang, show_names=show_names)
        write_comparison(self, folder, lang)
        if self.within is not None and self.free is not None:
            from allocator.reporting.booklet import write_booklet  # noqa: PLC0415  as above
            from allocator.reporting.combined import combined_booklet  # noqa: PLC0415  as above

            write_booklet(combined_booklet(self, self.within, self.free, lang), folder, "plan")


def _replace_all(beside: Path, target: Path) -> None:
    """Move the new files over the old ones."""
    for name in PERHAPS:
        if not (beside / name).exists():
            (target / name).unlink(missing_ok=True)
    for file in sorted(beside.rglob("*")):
        place = target / file.relative_to(beside)
        if file.is_dir():
            place.mkdir(exist_ok=True)
        else:
            file.replace(place)
