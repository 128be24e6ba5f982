"""Evenness of groups: the least spread of means, decided by windows in which a plan exists or not.

No plan has all its means below `top`, none has all above `bottom`; so a spread is their difference at least. In
large districts the groups at the two ends lie apart, and one plan reaches both. Elsewhere the place of the
largest mean is branched on until no window that would be better is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from allocator.alliance.group_windows import Finder, ends_of, resolution
from allocator.solving.highs import Outcome
from allocator.solving.model import Floats

STEP = 5e-6
"""Points by which a window is made narrower than the best plan's: more than rounding."""

ROUGH = 0.003
"""Share of the spread up to which both ends are found before one plan is asked for that has both."""

COARSE = 0.05
"""Points of doubt from which on a plan just better than the best is asked for, as none is left mostly."""


@dataclass
class Evenness:
    """The least spread of the plans that hold the levels before.

    Attributes
    ----------
    plan
        The plan with the least spread so far.
    top, bottom
        Every plan has a mean of at least `top`, and one of at most `bottom`.
    bound
        No plan has a smaller spread; None as long as nothing is proven.
    """

    finder: Finder
    plan: Floats
    top: float = field(init=False)
    bottom: float = field(init=False)
    bound: float | None = field(init=False, default=None)
    _plans: list[tuple[float, float]] = field(init=False)

    def __post_init__(self) -> None:
        program = self.finder.program
        quality = program.quality
        known = quality[~np.isnan(quality)]
        self.top, self.bottom = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
        self._plans = [ends_of(program, self.plan)]
        largest = max(program.most.values(), default=0) + 1
        self._exact = resolution(quality, range(1, largest + 1)) > 4 * STEP

    @property
    def value(self) -> float:
        """Spread of the best plan."""
        low, high = ends_of(self.finder.program, self.plan)
        return high - low

    def solve(self) -> None:
        """Move both ends as far as they go, then look for one plan that reaches both."""
        if self.value == 0:
            self.bound = 0.0
        elif self._roughly() and self._pushed(1, STEP) and self._pushed(-1, STEP):
            self._joined(max(0.0, self.top - self.bottom))
        if self.bound is not None and self._exact and self.bound >= self.value - 3 * STEP:
            # No spread lies between the two.
            self.bound = self.value

    def _roughly(self) -> bool:
        """Find both ends roughly, and one plan that has both if there is one; False if time ran out."""
        rough = max(COARSE, ROUGH * self.value)
        if not (self._pushed(1, rough) and self._pushed(-1, rough)):
            return False
        if self.value - (self.top - self.bottom) <= 3 * STEP:
            return True
        return self._try(-self._end(-1) - STEP, self._end(1) + STEP) is not Outcome.STOPPED

    def _pushed(self, sign: int, doubt: float) -> bool:
        """Make the largest mean as small as possible (sign 1), the smallest as large; False if time ran out.

        `doubt` are the points that may stay between what is proven and what a plan has.
        """
        near = True
        while True:
            best = self._end(sign)
            proven = self.top if sign > 0 else -self.bottom
            if best - proven <= doubt * 1.5:
                return True
            trial = best - STEP if near else (best + proven) / 2
            outcome = self._try(None, trial) if sign > 0 else self._try(-trial, None)
            if outcome is Outcome.STOPPED:
                return False
            if outcome is Outcome.INFEASIBLE:
                self._prove(sign, trial)
                proven = trial
            near = not near and self._end(sign) - proven <= COARSE

    def _end(self, sign: int) -> float:
        return min(high if sign > 0 else -low for low, high in self._plans)

    def _prove(self, sign: int, end: float) -> None:
        if sign > 0:
            self.top = max(self.top, end)
        else:
            self.bottom = min(self.bottom, -end)
        self.bound = max(0.0, self.top - self.bottom)

    def _try(self, low: float | None, high: float | None) -> Outcome:
        """Look inside a window and remember what is found."""
        outcome, plan = self.finder.within(low, high)
        if plan is not None:
            ends = ends_of(self.finder.program, plan)
            self._plans.append(ends)
            if ends[1] - ends[0] < self.value:
                self.plan = plan
        return outcome

    def _joined(self, bound: float) -> None:
        """Narrow what is between the bound and the best plan."""
        self.bound, target = bound, bound + 3 * STEP
        while self.value - bound > 3 * STEP:
            better = self._beaten(target)
            if better is None:
                return
            if not better:
                self.bound = bound = target
            near = self.value - bound <= COARSE
            target = self.value - STEP if near else (bound + self.value) / 2

    def _beaten(self, target: float) -> bool | None:
        """Whether a plan has at most this spread; None if time ran out.

        A part is where the largest mean may be; the window of a part is wider than the target by its length.
        A plan inside that is not even enough parts it, so that neither half has it.
        """
        # The window of that length in the middle is the likeliest to hold one.
        room = (target - (self.top - self.bottom)) / 2
        if self._try(self.bottom - room, self.top + room) is Outcome.OPTIMAL:
            return True
        parts = [(self.top, self.bottom + target)]
        while parts:
            first, last = parts.pop()
            outcome = self._try(first - target, last)
            if outcome is Outcome.STOPPED:
                return None
            if self.value <= target + STEP / 2:
                return True
            if outcome is Outcome.OPTIMAL:
                low, high = self._plans[-1]
                cut = (low + target + high) / 2
                parts += [(cut, last), (first, cut)]
        return False
