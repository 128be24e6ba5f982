"""Reading a district and running something on it that can be watched and stopped."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from allocator.cli import show
from allocator.cli.progress import TerminalProgress, stoppable
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.text import Lang

if TYPE_CHECKING:
    from allocator.io.reading import Reading

Result = TypeVar("Result")


@dataclass(frozen=True)
class Ask:
    """How a command is to run.

    Attributes
    ----------
    out
        Folder of the result; it is tried before any work is done.
    quiet
        No progress.
    as_json
        Nothing but JSON on standard output; no faults on standard error.
    """

    source: Path
    out: Path
    limits: Limits
    lang: Lang
    quiet: bool
    as_json: bool = False

    def run(self, work: Callable[[Reading, StopSignal, ProgressSink | None], Result]) -> Result:
        """Read the district, say what is wrong with it, and run the work."""
        from allocator.api import ready_to_write  # noqa: PLC0415  help stays fast
        from allocator.io import read  # noqa: PLC0415  as above

        watcher = TerminalProgress(show.err, self.lang)
        if not self.quiet:
            watcher(Progress("read", 0.0))
        reading = read(self.source)
        if not self.as_json:
            show.faults(reading.warnings, self.lang)
        ready_to_write(self.out)
        stop = StopSignal(self.limits)
        with stoppable(stop, show.err, self.lang), nullcontext() if self.quiet else watcher.shown():
            return work(reading, stop, None if self.quiet else watcher)
