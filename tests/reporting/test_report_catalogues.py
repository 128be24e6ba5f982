"""The catalogues of the report: both languages, the same placeholders, nothing missing or left over."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Formatter

import pytest

from allocator.domain.measures import INDICATORS
from allocator.domain.plan import LEVEL_UNITS, Status
from allocator.reporting.charts import TEXTS
from allocator.text import LANGS, catalogue

AREAS = ("report", "alliance_report", "reasons", "levels")


def _fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_with_the_same_placeholders(area: str) -> None:
    for name, sentences in catalogue(area).items():
        assert set(sentences) == set(LANGS), name
        assert _fields(sentences["zh"]) == _fields(sentences["en"]), name


@pytest.mark.parametrize("lang", LANGS)
def test_levels_and_statuses_have_words(lang: str) -> None:
    words = catalogue("levels")
    for name in (*LEVEL_UNITS, *Status, "met", "broken", "off"):
        assert words[name][lang], name
    for name in LEVEL_UNITS:
        assert words[f"{name}_unit"][lang], name


def test_every_sentence_of_the_report_is_used() -> None:
    """Named in quotes or behind `report.`, built from a prefix such as `about_`, or used by the script."""
    folder = files("allocator.reporting")
    code = "".join(f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith(".py"))
    named = set(re.findall(r'"(\w+)"', code)) | set(re.findall(r"report\.(\w+)", code)) | set(TEXTS.split())
    prefixes = tuple(match for match in re.findall(r"report\.(\w*)\{", code) if match)
    units = {f"{indicator}_unit" for indicator in INDICATORS}
    known = named | units | set(INDICATORS)
    assert [name for name in catalogue("report") if name not in known and not name.startswith(prefixes)] == []
