"""Message catalogues: every sentence a user reads, in Chinese and English, under one key.

A catalogue is a YAML file `catalogues/AREA.yaml`; its entries are reached as `AREA.name`. Sentences use
`str.format` placeholders. A key that is missing is a programming error and raises `KeyError`.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import yaml

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)
DEFAULT_LANG: Lang = "zh"

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def catalogue(area: str) -> Mapping[str, Mapping[str, str]]:
    """Load one catalogue: entry name -> language -> sentence."""
    source = files(__name__).joinpath("catalogues", f"{area}.yaml").read_text(encoding="utf-8")
    entries: dict[str, dict[str, str]] = yaml.load(source, Loader=_Loader)  # noqa: S506  safe loaders only
    return entries


def areas() -> tuple[str, ...]:
    """List the catalogues that exist."""
    folder = files(__name__).joinpath("catalogues")
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


def say(key: str, lang: Lang = DEFAULT_LANG, /, **params: object) -> str:
    """Render the sentence `AREA.name` in a language.

    Parameters
    ----------
    key
        Area and entry name, joined by a dot: `"faults.unknown_school"`.
    lang
        `"zh"` or `"en"`.
    **params
        Values of the sentence's placeholders.

    Raises
    ------
    KeyError
        If the key or the language does not exist, or a placeholder has no value.
    """
    area, _, name = key.partition(".")
    sentence = catalogue(area)[name][lang]
    return sentence.format(**params) if params else sentence


def has(key: str) -> bool:
    """Tell whether a sentence exists."""
    area, _, name = key.partition(".")
    return area in areas() and name in catalogue(area)


LONGEST_ECHO = 80
"""Characters of a user's own word that a sentence repeats."""


def shortened(value: object) -> object:
    """Cut a text of the user to what a sentence can hold; anything else is returned as it is."""
    if isinstance(value, str) and len(value) > LONGEST_ECHO:
        return value[: LONGEST_ECHO - 1] + "…"
    return value
