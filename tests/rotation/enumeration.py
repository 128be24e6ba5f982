"""Every plan of a small district at once: what each breaks, at what price, and its levels.

A third reading of the rules, beside the model and the checker, made for speed: each decision of each teacher
is a row of numbers, and all that is counted in a plan is the sum of such rows, one a teacher. So the plans
are one array, built by adding tables, and each rule is a comparison of its columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import floor

import numpy as np

from allocator.checking import eligibility
from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Move
from allocator.domain.policy import Policy
from allocator.domain.records import Teacher
from tests.rotation.enumerated_facts import SINGLE, SUBJECTS, Array, EnumeratedFacts, Ints, Mask
from tests.rotation.enumerated_rules import EnumeratedRules

WHOLE = ("changes", "staffing")
"""Levels whose slack is rounded down."""
SUMS = ("moved", "backbone", "down", "burden", *SINGLE)
"""What is one number a plan."""


def movers(district: District, policy: Policy, as_of: Month) -> list[Teacher]:
    """Teachers whose moves are tried: the eligible; all where R2 is off or elastic."""
    why = eligibility(district, policy, as_of)
    return [t for t in district.teachers if not policy.active("R2") or not why[t.teacher_id]]


def decisions(district: District, policy: Policy, teacher: Teacher) -> list[Move | None]:
    """To stay, or to move to any other section of the stage, with each subject that may be taught there."""
    second = teacher.second_subject if policy.rotation.second_subject else None
    subjects = list(dict.fromkeys(s for s in (teacher.subject, second) if s is not None))
    moves = [
        Move(teacher.teacher_id, teacher.stage, subject, teacher.school_id, school.school_id)
        for school in district.schools
        if school.school_id != teacher.school_id and teacher.stage in school.stages
        for subject in subjects
    ]
    return [None, *moves]


def count_plans(district: District, policy: Policy, as_of: Month) -> int:
    """Count the plans that there are to try."""
    return int(np.prod([len(decisions(district, policy, t)) for t in movers(district, policy, as_of)] or [1]))


def lexicographic(levels: Mapping[str, Array], left: Mask, slack: float) -> tuple[float, ...] | None:
    """Best value of each level in order, the slack of those before it kept; None if no plan is left.

    The price of breaches is kept without slack, and that of a level in whole numbers is rounded down.
    """
    if not left.any():
        return None
    found = []
    for name, values in levels.items():
        value = float(values[left].min())
        found.append(value)
        limit = value + (0.0 if name == "breaches" else slack * abs(value)) + 1e-9
        left = left & (values <= (floor(limit) if name in WHOLE else limit))
    return tuple(found)


@dataclass(frozen=True)
class EveryPlan:
    """All plans that move only teachers whom R2 lets go, in a fixed order; arrays have one row a plan."""

    district: District
    policy: Policy
    as_of: Month

    def __len__(self) -> int:
        return int(np.prod(self._sizes or (1,)))

    def moves(self, row: int) -> tuple[Move, ...]:
        """Moves of a plan."""
        chosen = np.unravel_index(row, self._sizes) if self._sizes else ()
        found = (options[int(k)] for options, k in zip(self._options, chosen, strict=True))
        return tuple(move for move in found if move is not None)

    def decisions(self, teacher: Teacher) -> list[Move | None]:
        """What a teacher may do."""
        return decisions(self.district, self.policy, teacher)

    @cached_property
    def legal(self) -> Mask:
        """Plans that break no rule in force."""
        allowed = np.ones(len(self), dtype=bool)
        for rule in self.policy.hard_rules[1:]:
            allowed &= self.price[rule] == 0
        return allowed

    @cached_property
    def price(self) -> Mapping[str, Array]:
        """Price of what each plan breaks of each rule, in force or not; R15 is judged only in force."""
        found = {rule: self.sums[rule][:, 0] for rule in SINGLE} | EnumeratedRules(self).prices()
        return {rule: found[rule] for rule in sorted(found, key=lambda r: int(r[1:]))}

    @cached_property
    def levels(self) -> Mapping[str, Array]:
        """The objective levels of each plan in order, first the price of breaches if rules are elastic."""
        known = {
            "staffing": np.maximum(0, self.facts.posts - self.heads).sum(axis=1),
            "balance": self._balance(),
            "burden": self.sums["burden"][:, 0],
        }
        elastic = self.policy.elastic_rules
        price = sum((self.price[rule] for rule in elastic), np.zeros(len(self)))
        first = {"breaches": price} if elastic else {}
        return first | {name: known[name] for name in self.policy.objective.levels}

    def best(self) -> tuple[float, ...] | None:
        """Best value of each level in order, of the legal plans; None if there is none."""
        return self.best_of(self.legal)

    def best_of(self, left: Mask) -> tuple[float, ...] | None:
        """Best value of each level in order, of some plans; None if there is none."""
        return lexicographic(self.levels, left, self.policy.objective.slack)

    def goes_to(self, teacher_id: str, school_id: str) -> Mask:
        """Plans after which a teacher is at a school."""
        mask: Mask = self.goes(teacher_id) == self.facts.school[school_id]
        return mask

    def goes(self, teacher_id: str) -> Ints:
        """Number of the school at which a teacher is after each plan."""
        return self._of_teacher("at", teacher_id)

    def teaches(self, teacher_id: str) -> Ints:
        """Number of the subject that a teacher teaches after each plan."""
        return self._of_teacher("teaches", teacher_id)

    @cached_property
    def facts(self) -> EnumeratedFacts:
        """What is counted now."""
        return EnumeratedFacts(self.district, self.policy, self.as_of)

    @cached_property
    def heads(self) -> Array:
        """Teachers of each section and subject after each plan."""
        heads: Array = self.facts.heads + self.sums["heads"]
        return heads

    @cached_property
    def sums(self) -> Mapping[str, Array]:
        """What is counted in each plan by name, as (plans, width): the tables of all teachers added up."""
        widths = self._widths()
        total = np.zeros((1, sum(widths.values())))
        for teacher, options in zip(self._people, self._options, strict=True):
            rows = [self._row(teacher, decision) for decision in options]
            table = np.array([np.concatenate([row[name] for name in widths]) for row in rows])
            total = (total[:, None, :] + table[None, :, :]).reshape(-1, total.shape[1])
        ends = np.cumsum(list(widths.values()))[:-1]
        return dict(zip(widths, np.split(total, ends, axis=1), strict=True))

    @cached_property
    def _people(self) -> list[Teacher]:
        return movers(self.district, self.policy, self.as_of)

    @cached_property
    def _options(self) -> list[list[Move | None]]:
        return [self.decisions(t) for t in self._people]

    @property
    def _sizes(self) -> tuple[int, ...]:
        return tuple(len(options) for options in self._options)

    def _widths(self) -> dict[str, int]:
        """Numbers that each count consists of."""
        sections, people = self.facts.sections, len(self._people)
        return {
            "heads": len(self.facts.posts),
            **dict.fromkeys(("I1", "I2", "I3", "leavers"), sections),
            "principals": len(self.district.schools),
            **dict.fromkeys(("at", "teaches"), people),
            **dict.fromkeys(SUMS, 1),
        }

    def _row(self, teacher: Teacher, move: Move | None) -> dict[str, Array]:
        """What one decision adds to the counts."""
        row = {name: np.zeros(width) for name, width in self._widths().items()}
        place = self._people.index(teacher)
        row["at"][place] = self.facts.school[teacher.school_id if move is None else move.to_school_id]
        row["teaches"][place] = SUBJECTS.index(teacher.subject if move is None else move.subject)
        for rule in SINGLE:
            row[rule][0] = self.facts.price_of(rule, teacher, move)
        if move is not None:
            self.facts.count(row, teacher, move)
        return row

    def _of_teacher(self, name: str, teacher_id: str) -> Ints:
        """Column of a teacher; of one whose moves are not tried, what is so now."""
        place = {t.teacher_id: i for i, t in enumerate(self._people)}.get(teacher_id)
        if place is not None:
            return self.sums[name][:, place].astype(np.int64)
        teacher = self.district.teacher_by_id[teacher_id]
        now = self.facts.school[teacher.school_id] if name == "at" else SUBJECTS.index(teacher.subject)
        return np.full(len(self), now)

    def _balance(self) -> Array:
        """Sum over both stages and I1-I3 of CV^2, each P sum(N_i^2 / P_i) / N^2 - 1."""
        total: Array = np.sum([part for name in self.facts.counted for part in self._squares(name)], axis=0)
        return total

    def _squares(self, name: str) -> Iterator[Array]:
        """CV^2 of an indicator in each stage; 0 where nobody counts."""
        after = self.facts.counted[name] + self.sums[name]
        for stage in Stage:
            here = self.facts.with_pupils[stage]
            pupils, counts = self.facts.pupils[here], after[:, here]
            total = counts.sum(axis=1)
            spread = pupils.sum() * (counts**2 / pupils).sum(axis=1)
            yield np.where(total > 0, spread / np.maximum(total, 1) ** 2 - 1, 0.0)
