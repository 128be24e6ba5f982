"""Whatever stands in the cells, the reader answers with a district or with faults, never with a traceback."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocator.domain.fields import columns
from allocator.errors import Fault, InputError
from allocator.io.naming import ALL_TABLES
from allocator.io.reading import interpret
from allocator.io.sheet import Sheet
from allocator.text import LANGS, areas, catalogue

LIKELY = [
    "S1",
    "S2",
    "T1",
    "T2",
    "G1",
    "P1",
    "小学",
    "初中",
    "primary",
    "nine_year",
    "语文",
    "是",
    "2015-09",
    "2015",
]
LIKELY += [
    "调往",
    "留任",
    "校长",
    "S1;S2",
    "#N/A",
    "-5",
    "1e999",
    "١٢",
    "〇",
    "½",
    "１２",
    "2015-13",
    "=1+1",
    "{x}",
    "{",
]
cells = st.one_of(
    st.sampled_from(LIKELY),
    st.sampled_from(LIKELY),
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.just(10**400),
    st.floats(),
    st.text(max_size=5),
    st.just("9" * 400),
    st.dates(dt.date(1800, 1, 1)),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.lists(st.none() | st.integers() | st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)


@st.composite
def any_sheets(draw: st.DrawFn) -> list[Sheet]:
    sheets = []
    for name in [*draw(st.lists(st.sampled_from(list(ALL_TABLES)), max_size=6)), "schools", "teachers"]:
        specs = draw(st.permutations(columns(ALL_TABLES[name])))
        header: list[Any] = [spec.zh for spec in specs[: draw(st.integers(1, len(specs)))]]
        row = st.lists(cells, max_size=len(header) + 1)
        rows = draw(st.lists(row, max_size=4))
        merged = draw(st.sampled_from([[], [(0, 0, 2, 1)], [(1, 1, 2, 2)]]))
        sheets.append(Sheet(name, [header, *rows], merged=merged, hidden_rows=[1]))
    return sheets


def faults_of(sheets: list[Sheet]) -> tuple[Fault, ...]:
    try:
        return interpret(sheets, []).warnings
    except InputError as error:
        return error.faults


@given(sheets=any_sheets())
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_no_input_ends_in_a_traceback(sheets: list[Sheet]) -> None:
    for fault in faults_of(sheets):
        for lang in LANGS:
            assert fault.text(lang)
            assert fault.place(lang)


@pytest.mark.parametrize("area", ["faults", "errors", "template"])
def test_every_sentence_is_there_in_both_languages_with_the_same_values(area: str) -> None:
    """A name in braces that only one language has would be a KeyError in the other's user's face."""
    assert area in areas()
    for name, entry in catalogue(area).items():
        assert set(entry) == set(LANGS), name
        assert all(text.strip() for text in entry.values()), name
        assert "TODO" not in "".join(entry.values())
