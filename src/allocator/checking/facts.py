"""The case to be judged: the tables, the policy, the plan, and the counts every rule looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from allocator.checking.distance import Distances
from allocator.checking.eligibility import ELIGIBLE, eligibility
from allocator.checking.form import canonical, carried_out, faults_of_form
from allocator.checking.posts import Cell, count_posts
from allocator.checking.prices import priced
from allocator.domain.choices import Backbone, Stage
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Move, RuleAudit, Verdict, Violation
from allocator.domain.policy import Policy
from allocator.domain.records import Teacher

SectionKey = tuple[str, Stage]
COUNTY_BACKBONE = frozenset({Backbone.COUNTY, Backbone.CITY, Backbone.PROVINCE})


@dataclass(frozen=True)
class Facts:
    """A district, a policy and a plan, with everything derived from them, each worked out once.

    Only moves of the right form are carried out in the counts; rule R1 reports the others.
    """

    district: District
    policy: Policy
    moves: tuple[Move, ...]
    as_of: Month

    @classmethod
    def of(cls, district: District, policy: Policy, moves: Sequence[Move], as_of: Month) -> Facts:
        """Put a case together; the order of the moves does not matter."""
        return cls(district, policy, canonical(moves), as_of)

    @cached_property
    def faults(self) -> tuple[Violation, ...]:
        """Faults of form."""
        return faults_of_form(self.district, self.policy, self.moves)

    @cached_property
    def carried(self) -> Mapping[str, Move]:
        """Moves that can be carried out, by teacher."""
        return carried_out(self.district, self.moves, self.faults)

    @cached_property
    def movers(self) -> tuple[tuple[Teacher, Move], ...]:
        """Teachers who move, each with the move."""
        return tuple((self.district.teacher_by_id[t], m) for t, m in self.carried.items())

    @cached_property
    def reasons(self) -> Mapping[str, str]:
        """Eligibility of every teacher: empty, or why not."""
        return eligibility(self.district, self.policy, self.as_of)

    @cached_property
    def eligible(self) -> int:
        """Eligible teachers, principals and locked ones included."""
        return sum(reason == ELIGIBLE for reason in self.reasons.values())

    @cached_property
    def eligible_backbone(self) -> int:
        """Eligible backbone teachers of county level or higher."""
        return sum(is_backbone(t) and self.reasons[t.teacher_id] == ELIGIBLE for t in self.district.teachers)

    @cached_property
    def backbone_moved(self) -> int:
        """Backbone teachers of county level or higher who move."""
        return sum(is_backbone(t) for t, _ in self.movers)

    @cached_property
    def distances(self) -> Distances:
        """Distances between schools."""
        return Distances(self.district)

    @cached_property
    def posts(self) -> Mapping[Cell, int]:
        """Posts of every cell that has any."""
        return count_posts(self.district, self.policy)

    @cached_property
    def heads_now(self) -> Mapping[Cell, int]:
        """Teachers of every cell now."""
        return Counter((t.school_id, t.stage, t.subject) for t in self.district.teachers)

    @cached_property
    def heads_after(self) -> Mapping[Cell, int]:
        """Teachers of every cell after the plan, movers by the subject taught then."""
        counts = Counter(self.heads_now)
        for teacher, move in self.movers:
            counts[teacher.school_id, teacher.stage, teacher.subject] -= 1
            counts[move.to_school_id, teacher.stage, move.subject] += 1
        return counts

    @cached_property
    def staff_now(self) -> Mapping[SectionKey, int]:
        """Teachers of every section now."""
        counts: Counter[SectionKey] = Counter()
        for (school_id, stage, _), heads in self.heads_now.items():
            counts[school_id, stage] += heads
        return counts

    @cached_property
    def leavers(self) -> Mapping[SectionKey, int]:
        """Teachers leaving each section."""
        return Counter((t.school_id, t.stage) for t, _ in self.movers)

    @cached_property
    def backbone_now(self) -> Mapping[SectionKey, int]:
        """Backbone teachers of county level or higher of each section that has any now."""
        return Counter((t.school_id, t.stage) for t in self.district.teachers if is_backbone(t))

    @cached_property
    def backbone_after(self) -> Mapping[SectionKey, int]:
        """The same after the plan."""
        counts = Counter(self.backbone_now)
        for teacher, move in self.movers:
            if is_backbone(teacher):
                counts[teacher.school_id, teacher.stage] -= 1
                counts[move.to_school_id, teacher.stage] += 1
        return counts

    @cached_property
    def move_km(self) -> Mapping[str, float | None]:
        """Kilometres of every move that is carried out; None where unknown."""
        return {t.teacher_id: self.distances.km(t.school_id, m.to_school_id) for t, m in self.movers}

    def cells(self) -> Iterator[Cell]:
        """All cells with posts or teachers, now or after, in order of school, stage and subject."""
        yield from sorted({*self.posts, *self.heads_now, *self.heads_after})


def is_backbone(teacher: Teacher) -> bool:
    """Whether a teacher is a backbone teacher of county level or higher."""
    return teacher.backbone in COUNTY_BACKBONE


def audit(
    facts: Facts,
    rule: str,
    violations: Sequence[Violation],
    required: Mapping[str, float],
    achieved: Mapping[str, float],
) -> RuleAudit:
    """Put a rule's verdict together; a rule that is off has no violations, whatever was found."""
    if facts.policy.gives_way(rule):
        verdict: Verdict = "relaxed" if violations else "met"
        return RuleAudit(rule, verdict, required, achieved, priced(violations, facts.policy))
    if not facts.policy.active(rule):
        return RuleAudit(rule, "off", required, achieved)
    return RuleAudit(rule, "broken" if violations else "met", required, achieved, tuple(violations))
