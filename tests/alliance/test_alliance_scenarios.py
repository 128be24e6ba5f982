"""The shipped scenarios give the published counts, and nothing leaves the engine unjudged."""

from __future__ import annotations

from allocator.alliances import form_alliances
from allocator.domain.plan import Status
from allocator.io import read
from allocator.io.resources import instances_folder

SCENARIOS = instances_folder() / "scenarios"


def test_dongcheng_pairs() -> None:
    """14 pairs go on as 20; of 28 schools floor(8.4) = 8 change, which are four pairs, each with its price."""
    decision = form_alliances(read(SCENARIOS / "dongcheng-2008").district)
    assert decision.status is Status.OPTIMAL
    assert decision.check is not None
    assert decision.check.passed
    assert decision.plan is not None
    assert len({row.alliance_id for row in decision.plan.memberships}) == 20
    assert len(decision.changes) == 4
    for change in decision.changes:
        assert change.cost is not None
        assert change.cost["coverage"] > 0 or change.cost["benefit"] > 0


def test_dongcheng_hubs() -> None:
    """22 troupes cover 38 lower schools."""
    decision = form_alliances(read(SCENARIOS / "dongcheng-hubs").district, form="hub")
    assert decision.status is Status.OPTIMAL
    assert decision.plan is not None
    assert len({row.alliance_id for row in decision.plan.memberships}) == 22
    assert decision.levels[0].final == 38
