"""Packages: the sets of one school's projects that requires and excludes allow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

Pairs = Iterable[tuple[str, str]]
MOST_PACKAGES = 1024
"""Packages of one school and asset that are written out; ten projects without ties have as many."""


def packages_of(codes: Sequence[str], requires: Pairs, excludes: Pairs) -> tuple[frozenset[str], ...] | None:
    """Every set of some projects that may be chosen together; None if there are too many to write out.

    Sets grow project by project, what is required before what requires it, so that hardly a set is kept that
    must be thrown away later.

    Parameters
    ----------
    requires, excludes
        Pairs of codes; those with other projects are left out.
    """
    own = set(codes)
    needs = _partners((a, b) for a, b in requires if a in own and b in own)
    bars = _partners(pair for a, b in excludes if a in own and b in own for pair in ((a, b), (b, a)))
    found, seen = [frozenset[str]()], set[str]()
    for code in _required_first(codes, needs):
        needed, barred = needs[code] & seen, bars[code]
        found += [chosen | {code} for chosen in found if needed <= chosen and not barred & chosen]
        seen.add(code)
        if len(found) > MOST_PACKAGES:
            return None
    return tuple(chosen for chosen in found if all(needs[code] <= chosen for code in chosen))


def _partners(pairs: Pairs) -> Mapping[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        found[one].add(other)
    return found


def _required_first(codes: Sequence[str], needs: Mapping[str, set[str]]) -> list[str]:
    """Each project after those that it requires, but for circles, which come last."""
    order: list[str] = []
    left = sorted(codes)
    while left:
        ready = [code for code in left if needs[code] <= set(order)] or left
        order += ready
        left = [code for code in left if code not in ready]
    return order
