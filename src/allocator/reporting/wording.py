"""How names, choices and numbers are written for people."""

from __future__ import annotations

from allocator.domain.choices import Stage
from allocator.domain.fields import Choice
from allocator.text import Lang, catalogue, say

UNKNOWN = "—"
ARROW = " → "
STAGE_ORDER = {stage: k for k, stage in enumerate(Stage)}

_ACRONYMS = frozenset({"pe", "ict"})


def masked(name: str | None) -> str:
    """Return a name that tells persons apart no further than needed: 张三丰 -> 张**, Ann Lee -> A***.

    Unknown names are empty.
    """
    if not name:
        return ""
    first, rest = name[0], name[1:]
    return first + ("***" if name.isascii() else "*" * min(2, max(1, len(rest))))


def word(choice: Choice, lang: Lang) -> str:
    """Label of a choice as it stands in running text: 体育与健康, PE, Head teacher."""
    label = choice.label(lang)
    return label.upper() if label in _ACRONYMS else label[:1].upper() + label[1:]


def indicator_label(indicator: str, lang: Lang) -> str:
    """Write an indicator with its id and name."""
    return say("report.indicator_label", lang, id=indicator, name=say(f"report.{indicator}", lang))


def reason_words(codes: tuple[str, ...], lang: Lang) -> str:
    """Reasons of a move in words; a code that is not ours is shown as it is."""
    sentences = catalogue("reasons")
    words = [sentences[code][lang] if code in sentences else code for code in codes]
    return say("report.list_separator", lang).join(words)


def number(value: float | None, digits: int = 0) -> str:
    """Write a number with thousands separators and fixed digits; unknown is a dash."""
    if value is None:
        return UNKNOWN
    text = f"{value:,.{digits}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.,") else text


def percent(value: float | None, digits: int = 1) -> str:
    """Write a share as percent; unknown is a dash."""
    return UNKNOWN if value is None else f"{value:.{digits}%}"


def gap_text(gap: float | None) -> str:
    """Write a relative gap: 0 where closed, otherwise with as many digits as tell it from 0."""
    if gap is None:
        return UNKNOWN
    if gap < 5e-7:
        return "0"
    return f"{gap:.2%}" if gap >= 1e-4 else f"{gap:.4%}"


def change(before: str, after: str) -> str:
    """Write a value before and after."""
    return before + ARROW + after


def mark(met: bool | None) -> str:
    """Verdict as a sign that also prints in black and white."""
    return UNKNOWN if met is None else ("✓" if met else "✗")
