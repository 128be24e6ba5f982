"""One step of relaxing each rule that has a number: what the profile would say instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from allocator.domain.policy import Policy, exact
from allocator.rotation.facts import Facts
from allocator.rotation.rules import quota_limits

GRAINS = 1_000_000_000
"""A share that stands for a whole number of teachers is a multiple of one in this many."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A rule, the value of the profile that is relaxed, before and after; `key` says what the step is."""

    rule: str
    key: str
    path: str
    before: float
    after: float

    def of(self, policy: Policy) -> Policy:
        """The profile with the rule relaxed."""
        section, _, name = self.path.partition(".")
        whole = isinstance(getattr(getattr(policy, section), name), int)
        value = int(self.after) if whole else self.after
        changed = getattr(policy, section).model_copy(update={name: value})
        return policy.model_copy(update={section: changed})


def relaxations(facts: Facts, moved: int) -> tuple[Relaxation, ...]:
    """One step for each of R4-R8 that is in force and can be relaxed.

    Parameters
    ----------
    moved
        Teachers whom the plan moves; one backbone teacher less is a share of these.
    """
    steps: tuple[tuple[str, Callable[[Facts, int], Iterator[Relaxation]]], ...] = (
        ("R4", _tolerance),
        ("R5", _outflow),
        ("R6", _quota),
        ("R7", _backbone),
        ("R8", _distance),
    )
    return tuple(r for rule, step in steps if facts.policy.active(rule) for r in step(facts, moved))


def _tolerance(facts: Facts, _moved: int) -> Iterator[Relaxation]:
    now = facts.policy.rotation.staffing_tolerance
    yield Relaxation("R4", "step_R4", "rotation.staffing_tolerance", now, now + 1)


def _outflow(facts: Facts, _moved: int) -> Iterator[Relaxation]:
    now = facts.policy.rotation.max_outflow_share
    if now < 1:
        after = float(min(Fraction(1), exact(now) + Fraction(1, 100)))
        yield Relaxation("R5", "step_R5", "rotation.max_outflow_share", now, after)


def _quota(facts: Facts, _moved: int) -> Iterator[Relaxation]:
    rules, eligible = facts.policy.rotation, int(facts.eligible.sum())
    least, most = quota_limits(facts)
    if least > 0:
        yield Relaxation("R6", "step_R6_min", "rotation.min_share", rules.min_share, _down(least - 1, eligible))
    if most < eligible:
        yield Relaxation("R6", "step_R6_max", "rotation.max_share", rules.max_share, _up(most + 1, eligible))


def _backbone(facts: Facts, moved: int) -> Iterator[Relaxation]:
    rules = facts.policy.rotation
    base = moved if rules.backbone_base == "moved" else int((facts.eligible & facts.backbone).sum())
    needed = ceil(exact(rules.min_backbone_share) * base)
    if needed > 0:
        after = _down(needed - 1, base)
        yield Relaxation("R7", "step_R7", "rotation.min_backbone_share", rules.min_backbone_share, after)


def _distance(facts: Facts, _moved: int) -> Iterator[Relaxation]:
    now = facts.policy.rotation.max_km
    yield Relaxation("R8", "step_R8", "rotation.max_km", now, float(exact(now) + 1))


def _down(part: int, whole: int) -> float:
    """A share of which `whole` gives `part` when rounded up: cut off, never above part / whole."""
    return floor(Fraction(part * GRAINS, whole)) / GRAINS


def _up(part: int, whole: int) -> float:
    """A share of which `whole` gives `part` when rounded down: never below part / whole."""
    return ceil(Fraction(part * GRAINS, whole)) / GRAINS
