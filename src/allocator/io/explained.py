"""Explanations as plain JSON values."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

from allocator.domain.district import District
from allocator.domain.explanation import Explanations, Labels, LevelChange, Statement, Why
from allocator.domain.fields import Month
from allocator.domain.plan import Moves, Violation
from allocator.domain.spoken import Explanation, sentences
from allocator.text import DEFAULT_LANG, Lang


def document(
    explanation: Explanation, district: District, lang: Lang = DEFAULT_LANG, labels: Labels | None = None
) -> dict[str, Any]:
    """Return all numbers of an explanation, and its `sentences`; unknown is None, never NaN."""
    found: dict[str, Any] = _plain(explanation, lang)
    return {**found, "sentences": list(sentences(explanation, district, lang, labels))}


def explanations_document(
    found: Explanations, district: District, lang: Lang = DEFAULT_LANG, labels: Labels | None = None
) -> dict[str, Any]:
    """Return the explanations of a plan's moves; the plans behind the answers are left out."""
    return {
        "moved": found.moved,
        "explained": len(found.whys),
        "budget_s": found.budget,
        "seconds": found.seconds,
        "whys": [document(_short(why), district, lang, labels) for why in found.whys],
    }


def _short(why: Why) -> Why:
    return why if why.otherwise is None else replace(why, otherwise=replace(why.otherwise, moves=None))


def _plain(value: Any, lang: Lang) -> Any:
    """Records as objects, codes as texts, months as YYYY-MM."""
    if isinstance(value, Moves):
        return value.records()
    if dataclasses.is_dataclass(value):
        plain = {f.name: _plain(getattr(value, f.name), lang) for f in dataclasses.fields(value)}
        return {**plain, **_added(value, lang)}
    if isinstance(value, Mapping):
        return {str(k): _plain(v, lang) for k, v in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Month):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(v, lang) for v in value]
    return value


def _added(value: Any, lang: Lang) -> dict[str, Any]:
    """What follows from the fields and spares a reader the work."""
    if isinstance(value, LevelChange):
        return {"change": value.change, "proven": value.proven}
    return {"text": value.text(lang)} if isinstance(value, Statement | Violation) else {}
