"""What a plan of alliances is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from allocator.domain.alliance_records import Membership

Form = Literal["pair", "group", "hub", "chain", "district"]
"""What is asked for: a form of the table `memberships`, or learning districts."""

PairKind = Literal["strong_weak", "same_level"]
"""Pairs of a strong and a lower school, or of schools alike."""


@dataclass(frozen=True)
class Alliances:
    """A plan of alliances of one form.

    Attributes
    ----------
    form
        What was formed.
    memberships
        Each school's part, ordered by alliance, lead first, then by school. Empty for learning districts.
    tags
        Hubs: the tag that each alliance is for (alliance code -> tag).
    districts
        Learning districts: town -> code of its district. Empty for the other forms.
    """

    form: Form
    memberships: tuple[Membership, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    districts: Mapping[str, str] = field(default_factory=dict)
