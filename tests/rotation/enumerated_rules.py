"""The rules that look at several teachers at once, each over every plan of a small district."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from allocator.domain.choices import Role
from allocator.domain.plan import Move
from allocator.domain.policy import exact
from allocator.domain.records import Teacher
from tests.rotation.enumerated_facts import COUNTY, SINGLE, SUBJECTS, Array, Mask

if TYPE_CHECKING:
    from tests.rotation.enumeration import EveryPlan


class EnumeratedRules:
    """Price of what each plan breaks, rule by rule, for the rules that look at several teachers."""

    def __init__(self, plans: EveryPlan) -> None:
        self.plans, self.facts, self.sums = plans, plans.facts, plans.sums
        self.policy, self.rotation, self.elastic = plans.policy, plans.policy.rotation, plans.policy.elastic

    def prices(self) -> dict[str, Array]:
        """Price of what each plan breaks of each of these rules; R15 is judged only where it is in force."""
        found = {f"R{n}": getattr(self, f"r{n}")() for n in (4, 5, 6, 7, 9, 10, 12, 14)}
        return {**found, "R15": self.r15() if self.policy.active("R15") else np.zeros(len(self.plans))}

    @cached_property
    def low(self) -> Array:
        """R4: least teachers of each section and subject."""
        least = np.minimum(self.facts.heads, self.facts.posts) - self.rotation.staffing_tolerance
        low: Array = np.maximum(0.0, least)
        return low

    @cached_property
    def most_leavers(self) -> Array:
        """R5: most leavers of each section."""
        share = exact(self.rotation.max_outflow_share)
        staff = Counter((t.school_id, t.stage) for t in self.plans.district.teachers)
        return np.array([max(1, floor(share * staff[key])) for key in self.facts.section], dtype=float)

    def r4(self) -> Array:
        high = np.maximum(self.facts.heads, self.facts.posts) + self.rotation.staffing_tolerance
        outside = np.maximum(0, self.low - self.plans.heads) + np.maximum(0, self.plans.heads - high)
        return self._priced("R4", outside)

    def r5(self) -> Array:
        return self._priced("R5", np.maximum(0, self.sums["leavers"] - self.most_leavers))

    def r6(self) -> Array:
        eligible = sum(not why for why in self.facts.why.values())
        low = ceil(exact(self.rotation.min_share) * eligible)
        high = max(low, floor(exact(self.rotation.max_share) * eligible))
        moved = self.sums["moved"]
        return self._priced("R6", np.maximum(0, low - moved) + np.maximum(0, moved - high))

    def r7(self) -> Array:
        eligible = [t for t in self.plans.district.teachers if not self.facts.why[t.teacher_id]]
        fixed = sum(t.backbone in COUNTY for t in eligible)
        moved = self.sums["moved"]
        base = moved if self.rotation.backbone_base == "moved" else np.full_like(moved, fixed)
        low = self._share_of(self.rotation.min_backbone_share, base)
        return self._priced("R7", np.maximum(0, low - self.sums["backbone"]))

    def r9(self) -> Array:
        low = self._share_of(self.rotation.min_down_share, self.sums["moved"])
        return self._priced("R9", np.maximum(0, low - self.sums["down"]))

    def _priced(self, rule: str, amounts: npt.NDArray[Any]) -> Array:
        """Price of amounts, (plans, width), in all."""
        total: Array = float(getattr(self.elastic, rule)) * amounts.sum(axis=1)
        return total

    def _share_of(self, share: float, base: npt.NDArray[np.generic]) -> Array:
        """A share of each number, rounded up."""
        least = [ceil(exact(share) * n) for n in range(len(self.plans.district.teachers) + 1)]
        return np.array(least, dtype=float)[base.astype(np.int64)]

    def r10(self) -> Array:
        now = self.facts.counted["I2"]
        return self._priced("R10", (now >= 1) & (now + self.sums["I2"] < 1))

    def r12(self) -> Array:
        ends = [[self.plans.goes(t.teacher_id) for t in couple] for couple in self.facts.couples]
        beyond = [self.facts.apart[one, other] for one, other in ends]
        return self._priced("R12", np.column_stack((np.zeros(len(self.plans)), *beyond)))

    def r14(self) -> Array:
        return self._priced("R14", np.maximum(0, -self.sums["principals"]))

    def r15(self) -> Array:
        """R15: how many claims are passed over, each once for every taker."""
        found = np.zeros(len(self.plans))
        people = self.plans.district.teachers
        for teacher in people:
            for school, subjects, as_good in self._claims(teacher):
                takers = [self._takes(w, school, subjects) for w in people if self._behind(w, teacher, school)]
                if takers:
                    found += self._in_vain(teacher, as_good) * sum(takers)
        return found

    def _claims(self, teacher: Teacher) -> list[tuple[str, list[int], list[int]]]:
        """Claims of a teacher: the school, the subjects to teach there, the schools ranked no lower."""
        above = self.facts.above[teacher.teacher_id]
        if above is None or teacher.points is None or teacher.role is Role.PRINCIPAL:
            return []
        found = []
        for rank, school in enumerate(above):
            moves = [
                m
                for m in self.plans.decisions(teacher)
                if m is not None and m.to_school_id == school and self._alone_may(teacher, m)
            ]
            if moves:
                subjects = [SUBJECTS.index(m.subject) for m in moves]
                found.append((school, subjects, [self.facts.school[s] for s in above[: rank + 1]]))
        return found

    def _alone_may(self, teacher: Teacher, move: Move) -> bool:
        """Whether the rules about single decisions in force, and R12, let this teacher move."""
        for rule in SINGLE:
            if self.policy.active(rule) and self.facts.price_of(rule, teacher, move) > 0:
                return False
        paired = teacher.teacher_id in {t.teacher_id for couple in self.facts.couples for t in couple}
        if not (paired and self.policy.active("R12")):
            return True
        ends, limit = (move.from_school_id, move.to_school_id), self.rotation.max_partner_km
        known = [self.facts.distances.km(*pair) for pair in (ends, ends[::-1])]
        return all(km is not None and km <= limit for km in known)

    def _behind(self, other: Teacher, teacher: Teacher, school: str) -> bool:
        """Whether another of the stage wished for the school and has fewer points."""
        assert teacher.points is not None
        wished = any(
            (w.teacher_id, w.school_id) == (other.teacher_id, school) for w in self.plans.district.wishes
        )
        fewer = other.points is None or other.points < teacher.points
        return wished and fewer and other.stage is teacher.stage and other is not teacher

    def _takes(self, other: Teacher, school: str, subjects: Sequence[int]) -> Mask:
        """Plans in which that teacher moves to the school to teach one of the subjects."""
        if other.school_id == school:
            return np.zeros(len(self.plans), dtype=bool)
        there = self.plans.goes(other.teacher_id) == self.facts.school[school]
        taken: Mask = there & np.isin(self.plans.teaches(other.teacher_id), subjects)
        return taken

    def _in_vain(self, teacher: Teacher, as_good: Sequence[int]) -> Mask:
        """Plans in which the teacher gets nothing as good and is not needed at home."""
        at, home = self.plans.goes(teacher.teacher_id), self.facts.school[teacher.school_id]
        vain: Mask = ~np.isin(at, as_good) & ((at != home) | ~self._needed(teacher))
        return vain

    def _needed(self, teacher: Teacher) -> Mask:
        """Plans in which R4, R5 or R10 let nobody like the teacher leave the present section as well."""
        cell = self.facts.cell[teacher.school_id, teacher.stage, teacher.subject]
        section = self.facts.section[teacher.school_id, teacher.stage]
        needed = np.zeros(len(self.plans), dtype=bool)
        if self.policy.active("R4"):
            needed |= self.plans.heads[:, cell] <= self.low[cell]
        if self.policy.active("R5"):
            needed |= self.sums["leavers"][:, section] >= self.most_leavers[section]
        if self.policy.active("R10") and teacher.backbone in COUNTY:
            needed |= self.facts.counted["I2"][section] + self.sums["I2"][:, section] <= 1
        return needed
