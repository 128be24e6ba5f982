"""The language of help and messages, known before the commands are declared."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from allocator.text import DEFAULT_LANG, LANGS, Lang, say


def spoken(arguments: Sequence[str] | None = None) -> Lang:
    """Language asked for by `--lang`, else by ALLOCATOR_LANG, else Chinese."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    wanted = os.environ.get("ALLOCATOR_LANG", DEFAULT_LANG)
    for i, word in enumerate(words):
        if word == "--lang" and i + 1 < len(words):
            wanted = words[i + 1]
        elif word.startswith("--lang="):
            wanted = word.removeprefix("--lang=")
    return next((lang for lang in LANGS if lang == wanted), DEFAULT_LANG)


def words(name: str, **params: object) -> str:
    """A sentence of the catalogue `cli` in the spoken language."""
    return say(f"cli.{name}", spoken(), **params)
