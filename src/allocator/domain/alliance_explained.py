"""Answers to questions about partners: numbers first, sentences rendered from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from allocator.domain.allied import Outside
from allocator.domain.explanation import LevelChange
from allocator.domain.worth import Tie, Worth

Condition = Literal["parted", "joined", "included"]
"""Two may not be together, must be, or one must be in some alliance."""


@dataclass(frozen=True)
class Resolved:
    """What follows if two schools may not be together, or must be, and all else is solved again.

    Attributes
    ----------
    end
        `"found"`, `"impossible"` (proven), or `"unfinished"` (the limit came first).
    changes
        Every level against that of the plan at hand.
    partners
        Whom the schools concerned would then be together with: the two, or, of a pair that is joined, those
        whom they leave; of learning districts, the towns then in one district with the town asked about.
    displaced
        Schools of the plan at hand that would then be in no alliance.
    """

    condition: Condition
    end: Literal["found", "impossible", "unfinished"]
    changes: tuple[LevelChange, ...] = ()
    partners: Mapping[str, tuple[str, ...]] | None = None
    displaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class Couple:
    """Two schools: together or not, and why.

    Attributes
    ----------
    school, other
        Codes as asked for.
    ties
        Ties of the plan between the two; empty if neither leads the other.
    fellows
        Alliances in which both are members.
    barred
        Rules against their being together, whoever leads; `"not_lead"` if neither may lead by the request.
    bound
        Whether a link says that they must be together.
    worth
        What the two together would be worth, in the better direction.
    partners
        Whom they are together with now.
    resolved
        What the other way would be; None where rules leave no other way.
    """

    school: str
    other: str
    ties: tuple[Tie, ...]
    fellows: tuple[str, ...]
    barred: tuple[str, ...]
    bound: bool
    worth: Worth
    partners: Mapping[str, tuple[str, ...]]
    resolved: Resolved | None


@dataclass(frozen=True)
class AllianceAnswer:
    """Everything about one school, or about two.

    `outside` says why the school is in no alliance, where it is in none and one school alone was asked about;
    `resolved` what it would cost to take it in, where rules leave it a partner at all.
    """

    school: str
    couples: tuple[Couple, ...]
    outside: Outside | None = None
    resolved: Resolved | None = None
