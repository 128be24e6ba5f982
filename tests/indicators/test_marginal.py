"""What one move does by itself equals measuring the whole district with it and without it."""

from __future__ import annotations

import pytest

from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.domain.measures import MOVABLE
from allocator.domain.plan import Move, Moves
from allocator.domain.policy import Policy
from allocator.generation import generate
from allocator.indicators import measure, staffing
from allocator.indicators.marginal import Marginals


@pytest.fixture(scope="module")
def town() -> tuple[District, Policy, Moves]:
    """A town of eight schools, and a plan that sends every seventh teacher to the next school of the stage."""
    district = generate(8, 5)
    homes = {stage: [s for s, kind in district.sections if kind is stage] for stage in Stage}
    rows = []
    for k, t in enumerate(district.teachers):
        others = [s for s in homes[t.stage] if s != t.school_id]
        if k % 7 == 0 and others:
            subject = t.second_subject if k % 2 and t.second_subject else t.subject
            rows.append(Move(t.teacher_id, t.stage, subject, t.school_id, others[k % len(others)]))
    return district, Policy(id="test"), Moves(tuple(rows))


def test_every_indicator_of_every_move(town: tuple[District, Policy, Moves]) -> None:
    """A teacher left out at the new school only, or counted by the old subject, gives other figures."""
    district, policy, moves = town
    marginals, present = Marginals(district, policy, moves), measure(district, policy, moves)
    assert len(moves) > 20
    for move in moves:
        without = measure(district, policy, [m for m in moves if m is not move])
        county = {
            (a.stage, a.indicator): (a.cv, b.cv, a.met, b.met)
            for a, b in zip(without.counties, present.counties, strict=True)
            if a.indicator in MOVABLE and a.cv != b.cv
        }
        section = {
            i: (a.values[i], b.values[i], a.met[i], b.met[i])
            for a, b in zip(without.sections, present.sections, strict=True)
            for i in MOVABLE
            if (a.school_id, a.stage) == (move.to_school_id, move.stage) and a.values[i] != b.values[i]
        }
        rows = marginals.indicators(move)
        got = {r.indicator: (r.before, r.after, r.met_before, r.met_after) for r in rows if r.school_id}
        assert got == section
        spread = {
            (r.stage, r.indicator): (r.before, r.after, r.met_before, r.met_after)
            for r in rows
            if r.school_id is None
        }
        assert spread == county


def test_every_post_of_every_move(town: tuple[District, Policy, Moves]) -> None:
    """The old subject's row at the old school, the new subject's at the new one; nothing else."""
    district, policy, moves = town
    marginals, present = Marginals(district, policy, moves), staffing(district, policy, moves)
    for move in moves:
        without = staffing(district, policy, [m for m in moves if m is not move])
        known = {(r.school_id, r.stage, r.subject): r for r in without}
        expected = [
            (r, known[r.school_id, r.stage, r.subject])
            for r in present
            if (r.school_id, r.stage, r.subject) in known
            and known[r.school_id, r.stage, r.subject].after != r.after
        ]
        got = marginals.staffing(move)
        assert [pair for pair in got if pair[1].posts or pair[1].before or pair[1].after] == expected
