"""What alliances are worth, as plain values of `result.json`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from allocator.domain.sharing import Sharing
from allocator.domain.worth import Tie


def tie_records(ties: Iterable[Tie]) -> list[dict[str, Any]]:
    """Every member with its lead: kilometres, and the benefit summand by summand."""
    return [
        {
            "alliance_id": tie.alliance_id,
            "lead": tie.lead,
            "member": tie.member,
            "km": tie.worth.km,
            "benefit": tie.worth.benefit,
            "complementarity": [
                {
                    "stage": term.stage.value,
                    "indicator": term.indicator,
                    "surplus": term.surplus,
                    "deficit": term.deficit,
                    "counted": term.counted,
                }
                for term in tie.worth.terms
            ],
            "shared_tags": list(tie.worth.shared_tags),
            "tag_points": tie.worth.tag_points,
            "wish": tie.worth.wish,
        }
        for tie in ties
    ]


def sharing_document(sharing: Sharing) -> dict[str, Any]:
    """What sharing inside the alliances would lift: the county, each alliance, each indicator lifted."""
    return {
        "county": {
            "radiation": sharing.radiation,
            "sections": len(sharing.before.sections),
            "sections_judged": sum(s.passed is not None for s in sharing.before.sections),
            "passed_before": sum(s.passed is True for s in sharing.before.sections),
            "passed_after": sum(s.passed is True for s in sharing.after.sections),
            "spread": [
                {
                    "stage": before.stage.value,
                    "indicator": before.indicator,
                    "cv_before": before.cv,
                    "cv_after": after.cv,
                    "limit": before.limit,
                }
                for before, after in zip(sharing.before.counties, sharing.after.counties, strict=True)
            ],
        },
        "alliances": [asdict(alliance) for alliance in sharing.alliances],
        "lifts": [{**asdict(lift), "stage": lift.stage.value} for lift in sharing.lifts],
    }
