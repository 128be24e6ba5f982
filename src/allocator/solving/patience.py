"""A limit inside a limit: for a part of a run that is worth only some seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from allocator.domain.run import StopSignal


@dataclass
class Patience(StopSignal):
    """Stops when its own time is over, when the run's is, or when somebody asked the run to stop.

    `until` is in seconds since the run's start; set it anew for each part.
    """

    run: StopSignal = field(default_factory=StopSignal)
    until: float = float("inf")

    @classmethod
    def within(cls, run: StopSignal) -> Patience:
        """Without a time of its own as yet."""
        return cls(run.limits, run.started, run=run)

    @property
    def requested(self) -> bool:
        """Whether somebody asked the run to stop."""
        return self.run.requested

    @property
    def remaining(self) -> float:
        """Seconds left of the part or of the run, whichever ends first."""
        return max(0.0, min(self.run.remaining, self.until - self.run.seconds))
