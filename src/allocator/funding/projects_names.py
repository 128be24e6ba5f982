"""Names of a model's variables and rows: codes as they are, unless a name in an MPS file cannot hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable

OTHER = re.compile(r"[^\w.]")
"""What is replaced; PuLP would replace much of it by itself, and two codes could then share a name."""


def readable_names(codes: Iterable[str]) -> dict[str, str]:
    """Give each code a name of its own: signs and blanks become `_`, with a number where that name is taken."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for code in sorted(set(codes), key=lambda code: (OTHER.search(code) is not None, code)):
        plain = name = OTHER.sub("_", code)
        number = 1
        while name in taken:
            number += 1
            name = f"{plain}_{number}"
        found[code] = name
        taken.add(name)
    return found
