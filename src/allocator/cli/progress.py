"""Progress on the terminal: stage, best value, bound, gap and seconds, on standard error."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from allocator.domain.run import Progress, StopSignal
from allocator.text import Lang, say


class TerminalProgress:
    """Shows the present stage as one live line on a terminal, as one line a stage elsewhere."""

    def __init__(self, console: Console, lang: Lang) -> None:
        self.console = console
        self.lang = lang
        self.last: Progress | None = None
        self.live: Live | None = None

    def __call__(self, event: Progress, /) -> None:
        """Take one report."""
        if self.last is not None and self.last.stage != event.stage:
            self._finish(self.last)
        self.last = event
        if self.live is not None:
            self.live.update(Spinner("dots", Text(self.line(event))))

    def line(self, event: Progress) -> str:
        """One report as text."""
        stage = event.stage if "." in event.stage else f"cli.stage_{event.stage}"
        parts = [f"{event.seconds:6.1f} s", say(stage, self.lang)]
        if event.value is not None:
            parts.append(say("cli.progress_value", self.lang, value=f"{event.value:.6g}"))
        if event.bound is not None:
            parts.append(say("cli.progress_bound", self.lang, bound=f"{event.bound:.6g}"))
        if event.gap is not None:
            parts.append(say("cli.progress_gap", self.lang, gap=f"{event.gap:.4%}"))
        return "  ".join(parts)

    def _finish(self, event: Progress) -> None:
        self.console.print(self.line(event), style="dim", highlight=False)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show progress inside; the last stage is printed at the end."""
        if not self.console.is_terminal:
            yield
        else:
            with Live(console=self.console, transient=True, refresh_per_second=8) as live:
                self.live = live
                yield
            self.live = None
        if self.last is not None:
            self._finish(self.last)
            self.last = None


@contextmanager
def stoppable(stop: StopSignal, console: Console, lang: Lang) -> Iterator[None]:
    """Turn the first Ctrl-C into a request to stop; the second one interrupts as usual."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.request()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        console.print(say("cli.stopping", lang), style="yellow")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
