"""What the plans of a small district are counted from: heads, posts, flags, prices of single decisions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from allocator.checking import eligibility
from allocator.checking.distance import Distances
from allocator.domain.choices import Backbone, Degree, LockAction, Role, Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Move
from allocator.domain.policy import Policy
from allocator.domain.records import Teacher

Array: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]

COUNTY = (Backbone.COUNTY, Backbone.CITY, Backbone.PROVINCE)
ARTS = (Subject.PE, Subject.MUSIC, Subject.ART)
SUBJECTS = tuple(Subject)
SINGLE = ("R2", "R3", "R8", "R11", "R13", "R16")
"""Rules that judge the decision of each teacher by itself."""


class EnumeratedFacts:
    """What is counted now, as arrays over sections (in the order of the schools) and their subjects."""

    def __init__(self, district: District, policy: Policy, as_of: Month) -> None:
        self.district, self.policy = district, policy
        self.school = {s.school_id: i for i, s in enumerate(district.schools)}
        self.section = {key: i for i, key in enumerate(district.sections)}
        self.sections = len(self.section)
        self.cells = [(*key, s) for key in district.sections for s in SUBJECTS if self._used(s)]
        self.cell = {cell: i for i, cell in enumerate(self.cells)}
        self.why = eligibility(district, policy, as_of)
        self.distances = Distances(district)
        self.posts = np.zeros(len(self.cells))
        for row in district.posts:
            self.posts[self.cell[row.school_id, row.stage, row.subject]] += row.posts
        self.heads = np.zeros(len(self.cells))
        self.counted = {name: np.zeros(self.sections) for name in ("I1", "I2", "I3")}
        for t in district.teachers:
            self.heads[self.cell[t.school_id, t.stage, t.subject]] += 1
            for name in self.counts_in(t, t.subject):
                self.counted[name][self.section[t.school_id, t.stage]] += 1
        pupils = [district.school_by_id[school].pupils(stage) or 0 for school, stage in self.section]
        self.pupils = np.array(pupils, dtype=float)
        some = [key for key, count in zip(self.section, pupils, strict=True) if count >= 1]
        self.with_pupils = {stage: [self.section[k] for k in some if k[1] is stage] for stage in Stage}
        self.above = {t.teacher_id: self._above(t) for t in district.teachers}
        self.locks = {(k.teacher_id, k.action, k.school_id) for k in district.locks}

    def _used(self, subject: Subject) -> bool:
        taught = {s for t in self.district.teachers for s in (t.subject, t.second_subject)}
        return subject in taught or any(p.subject is subject for p in self.district.posts)

    def _above(self, teacher: Teacher) -> list[str] | None:
        """Schools ranked above the present one, the best first; None without wishes."""
        mine = [w for w in self.district.wishes if w.teacher_id == teacher.teacher_id]
        order = [w.school_id for w in sorted(mine, key=lambda w: w.rank)]
        if not order:
            return None
        return order[: order.index(teacher.school_id)] if teacher.school_id in order else order

    def counts_in(self, teacher: Teacher, taught: Subject) -> list[str]:
        """Indicators in whose numerator a teacher counts."""
        degrees, wanted = [d.value for d in Degree], self.policy.indicators
        least = wanted.degree_primary if teacher.stage is Stage.PRIMARY else wanted.degree_junior
        degree = teacher.degree
        better = degree is not None and degrees.index(degree.value) >= degrees.index(least)
        flags = {"I1": better, "I2": teacher.backbone in COUNTY, "I3": taught in ARTS}
        return [name for name, flag in flags.items() if flag]

    def count(self, row: Mapping[str, Array], teacher: Teacher, move: Move) -> None:
        """Add what a move changes to the row of its decision."""
        origin, goal = (self.section[s, teacher.stage] for s in (move.from_school_id, move.to_school_id))
        row["heads"][self.cell[move.from_school_id, teacher.stage, teacher.subject]] -= 1
        row["heads"][self.cell[move.to_school_id, teacher.stage, move.subject]] += 1
        for name in self.counts_in(teacher, teacher.subject):
            row[name][origin] -= 1
        for name in self.counts_in(teacher, move.subject):
            row[name][goal] += 1
        row["leavers"][origin] += 1
        row["moved"] += 1
        row["backbone"] += teacher.backbone in COUNTY
        ends = (move.from_school_id, move.to_school_id)
        before, after = (self.district.school_by_id[s].quality for s in ends)
        row["down"] += before is not None and after is not None and after < before
        row["burden"] += self._burden(teacher, move)
        if teacher.role is Role.PRINCIPAL:
            row["principals"][self.school[move.from_school_id]] -= 1
            row["principals"][self.school[move.to_school_id]] += 1

    def _burden(self, teacher: Teacher, move: Move) -> float:
        km = self.distances.km(move.from_school_id, move.to_school_id) or 0.0
        objective = self.policy.objective
        ranks = [
            w.rank
            for w in self.district.wishes
            if (w.teacher_id, w.school_id) == (teacher.teacher_id, move.to_school_id)
        ]
        if ranks:
            return km - (*objective.wish_km, 0.0)[min(min(ranks) - 1, len(objective.wish_km))]
        return km if teacher.volunteer else km + objective.unwished_km

    def price_of(self, rule: str, teacher: Teacher, move: Move | None) -> float:
        """Price of what one decision breaks of a rule about single decisions."""
        each = float(getattr(self.policy.elastic, rule))
        if rule == "R11":
            return each * self._locks_broken(teacher, move)
        if move is None:
            return 0.0
        if rule == "R2":
            return each * bool(self.why[teacher.teacher_id])
        if rule == "R3":
            return each * (not self.posts[self.cell[move.to_school_id, teacher.stage, move.subject]])
        if rule == "R8":
            return self._too_far(move)
        if rule == "R13":
            return each * (not self.inside(move.from_school_id, move.to_school_id))
        above = self.above[teacher.teacher_id]
        return each * (above is not None and not teacher.volunteer and move.to_school_id not in above)

    def _locks_broken(self, teacher: Teacher, move: Move | None) -> int:
        goal = None if move is None else move.to_school_id
        mine = [(action, school) for t, action, school in self.locks if t == teacher.teacher_id]
        kept = {
            LockAction.STAY: [goal is None for _ in mine],
            LockAction.MOVE: [goal is not None for _ in mine],
            LockAction.TO: [goal == school for _, school in mine],
            LockAction.NOT_TO: [goal is None or goal != school for _, school in mine],
        }
        return sum(not kept[action][i] for i, (action, _) in enumerate(mine))

    def _too_far(self, move: Move) -> float:
        """R8: kilometres and minutes beyond the limits."""
        rotation, prices = self.policy.rotation, self.policy.elastic
        km = self.distances.km(move.from_school_id, move.to_school_id)
        price = prices.R8 * (prices.unknown_km if km is None else max(0.0, round(km - rotation.max_km, 3)))
        minutes = self.distances.minutes(move.from_school_id, move.to_school_id)
        if rotation.max_minutes is not None and minutes is not None:
            price += prices.R8_minutes * max(0.0, round(minutes - rotation.max_minutes, 3))
        return price

    def inside(self, a: str, b: str) -> bool:
        """R13: whether two schools lie in one scope."""
        scope = self.policy.rotation.scope
        if scope == "learning_district":
            one, other = (self.district.school_by_id[s].learning_district for s in (a, b))
            return one is not None and one == other
        alliances = [{m.alliance_id for m in self.district.memberships if m.school_id == s} for s in (a, b)]
        return scope == "county" or bool(alliances[0] & alliances[1])

    @cached_property
    def couples(self) -> list[tuple[Teacher, Teacher]]:
        """Partners at one school now, each couple once."""
        known, pairs = self.district.teacher_by_id, set()
        for one in self.district.teachers:
            other = known.get(one.partner_id or "")
            if other is not None and other is not one and other.school_id == one.school_id:
                pairs.add(tuple(sorted((one.teacher_id, other.teacher_id))))
        return [(known[a], known[b]) for a, b in sorted(pairs)]

    @cached_property
    def apart(self) -> Array:
        """R12: kilometres of two schools beyond the limit, the larger of both directions."""
        limit = self.policy.rotation.max_partner_km
        km = [[self._larger_km(a, b) for b in self.school] for a in self.school]
        unknown = self.policy.elastic.unknown_km
        return np.array([[unknown if d is None else max(0.0, round(d - limit, 3)) for d in row] for row in km])

    def _larger_km(self, a: str, b: str) -> float | None:
        there, back = self.distances.km(a, b), self.distances.km(b, a)
        if a == b:
            return 0.0
        return None if there is None or back is None else max(there, back)
