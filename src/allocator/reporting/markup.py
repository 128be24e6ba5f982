"""HTML that is safe by construction: every text is escaped unless it was built here."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

VOID = frozenset({"input", "br", "meta"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str | int | bool | None) -> Html:
    """Build an element.

    Parameters
    ----------
    name
        Tag name.
    *children
        `Html` is taken as it is, any other text is escaped.
    **attributes
        A trailing underscore is dropped (`class_`), others become hyphens; False and None are left out,
        True is written without a value.
    """
    written = "".join(
        f" {_name(key)}" if value is True else f' {_name(key)}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def join(parts: Iterable[str]) -> Html:
    """Concatenate, escaping what is not HTML."""
    return Html("".join(part if isinstance(part, Html) else _escaped(part) for part in parts))


def _escaped(text: str) -> str:
    """Escape, and show as � the control characters that no HTML may hold."""
    return html.escape(_CONTROL.sub("\ufffd", text), quote=False)


def embedded_json(value: Any) -> Html:
    """Write JSON for a script element: `<`, `>`, `&` and line separators escaped, so that nothing ends it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Html(text)


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
