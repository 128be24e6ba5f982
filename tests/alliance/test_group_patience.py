"""Groups where nothing but evenness tells plans apart."""

from __future__ import annotations

import pytest

from allocator import form_alliances
from allocator.alliance import group_solving
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.domain.records import School


def test_without_a_limit_evenness_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty schools on a line with equal benefits: to prove evenness takes hours, a good plan seconds."""
    monkeypatch.setattr(group_solving, "PATIENCE_S", 0.5)
    schools = tuple(
        School(school_id=f"S{i:02d}", kind="primary", lon=117 + i * 0.002, lat=39.0, quality=40 + 37 * i % 60)
        for i in range(30)
    )
    found = form_alliances(District(schools=schools), form="group")
    assert found.status is Status.FEASIBLE
    levels = {level.name: level for level in found.levels}
    assert levels["coverage"].value == levels["coverage"].bound == 18
    assert levels["evenness"].bound is not None
    assert levels["evenness"].bound < levels["evenness"].value
    assert found.check is not None
    assert found.check.passed
