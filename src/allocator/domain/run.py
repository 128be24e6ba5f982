"""How a run is limited, watched and stopped: one Protocol for command line, library and service."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop.

    Attributes
    ----------
    time_s
        Wall-clock seconds for solving; None for no limit.
    gap
        Relative gap at which a level counts as solved (0.0001 is 0.01 %).
    seed
        Seed of everything random; the same seed and version give the same plan.
    workers
        Threads a solver may use.
    """

    time_s: float | None = None
    gap: float = 1e-4
    seed: int = 0
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """One report of progress: stage, best value, bound and gap so far (None where unknown).

    `stage` is an entry of a catalogue: `"balance"` is `cli.stage_balance`, one with a point stands for itself.
    """

    stage: str
    seconds: float
    value: float | None = None
    bound: float | None = None
    gap: float | None = None


class ProgressSink(Protocol):
    """Whoever wants to hear of progress."""

    def __call__(self, event: Progress, /) -> None:
        """Take one report; must return quickly."""


@dataclass
class StopSignal:
    """Says when to stop: a request from outside (Ctrl-C, another thread) or the deadline.

    Safe to set from signal handlers and other threads.
    """

    limits: Limits = field(default_factory=Limits)
    started: float = field(default_factory=time.monotonic)
    _requested: threading.Event = field(default_factory=threading.Event)

    def request(self) -> None:
        """Ask for a stop."""
        self._requested.set()

    @property
    def requested(self) -> bool:
        """Whether somebody asked for a stop."""
        return self._requested.is_set()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @property
    def remaining(self) -> float:
        """Seconds left; infinite without a limit, never negative."""
        if self.limits.time_s is None:
            return float("inf")
        return max(0.0, self.limits.time_s - self.seconds)

    @property
    def now(self) -> bool:
        """Whether to stop now."""
        return self.requested or self.remaining <= 0

    def afresh(self, limits: Limits) -> StopSignal:
        """Signal with limits of its own, counted from now; a request to stop reaches it too."""
        return StopSignal(limits, _requested=self._requested)

    def part(self, parts: int) -> StopSignal:
        """Signal for one of several equal parts of the time that is left; a request to stop reaches it too."""
        time_s = None if self.limits.time_s is None else self.remaining / max(1, parts)
        return StopSignal(replace(self.limits, time_s=time_s), _requested=self._requested)

    def further(self, time_s: float | None) -> StopSignal:
        """Signal for what comes after the run, with a time of its own; a request to stop reaches it too."""
        return StopSignal(replace(self.limits, time_s=time_s), _requested=self._requested)
