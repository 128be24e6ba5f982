"""The nearest valid word or code to one that is not valid."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

from allocator.text import shortened

_FEW = 2000
_CANDIDATES = 10
_PATIENCE = 200
_LOOK_ALIKE = str.maketrans("OoIlZzBS", "00112285")


def nearest(word: str, valid: Collection[str]) -> str | None:
    """Return the valid word most like `word`, or None if none is like it.

    One that differs only in signs that look alike, such as O and 0, is nearest.
    """
    plain = word.translate(_LOOK_ALIKE)
    twin = next((known for known in valid if known.translate(_LOOK_ALIKE) == plain), None)
    if twin is not None:
        return twin
    found = difflib.get_close_matches(word, valid, n=_CANDIDATES, cutoff=0.6 if len(word) > 3 else 0.5)
    return max(found, key=lambda known: _likeness(word, known), default=None)


def _likeness(word: str, known: str) -> tuple[float, int]:
    """Ratio of `difflib`, then characters in the same place: S013 is nearer to S012 than S031 is."""
    same = sum(a == b for a, b in zip(word, known, strict=False))
    return difflib.SequenceMatcher(None, known, word).ratio(), same


class Nearest:
    """Nearest code among many; the index is built when first asked.

    Comparing a wrong code with tens of thousands of right ones by `difflib` takes half a second. Among more
    than 2,000 codes, or after 200 wrong ones, only codes at most one character dropped, added or changed away
    are found, by an index.
    """

    def __init__(self, codes: Collection[str]) -> None:
        self._codes = codes
        self._index: dict[str, str] | None = None
        self._known: dict[str, str | None] = {}

    def __call__(self, code: str) -> str | None:
        """Return the nearest code, or None."""
        if code not in self._known:
            few = len(self._codes) <= _FEW and len(self._known) < _PATIENCE
            self._known[code] = nearest(code, self._codes) if few else self._one_off(code)
        return self._known[code]

    def hints(self, code: str) -> dict[str, str]:
        """Sentences that name the nearest code, as parameters; empty if there is none."""
        close = shortened(self(code))
        return {
            "hint_zh": f"最接近的是“{close}”。" if close else "",
            "hint_en": f" The nearest is {close}." if close else "",
        }

    def _one_off(self, code: str) -> str | None:
        if self._index is None:
            self._index = {}
            for known in self._codes:
                for shorter in _deletions(known.casefold()):
                    self._index.setdefault(shorter, known)
        return next((self._index[d] for d in _deletions(code.casefold()) if d in self._index), None)


def _deletions(code: str) -> Iterator[str]:
    yield code
    for i in range(len(code)):
        yield code[:i] + code[i + 1 :]
