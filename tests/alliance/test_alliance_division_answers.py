"""Why this town in this district, why not that one: against every partition, by hand, and as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.alliances import AllianceDecision, form_alliances
from allocator.checking import Terms, check_alliances
from allocator.cli.app import run
from allocator.domain.alliance import Alliances
from allocator.domain.division_explained import DivisionAnswer
from allocator.errors import UsageError
from allocator.io.policies import load_policy
from allocator.io.writing import write_district
from allocator.partners import explain_alliance, explain_division
from allocator.partners.division_words import division_sentences
from allocator.text import LANGS
from tests.alliance.alliance_cases import school
from tests.alliance.test_alliance_districts import NAMES, line, partitions, random_county

POLICY = load_policy()


def answer(decision: AllianceDecision, asked: str, other: str | None = None) -> DivisionAnswer:
    assert decision.plan is not None
    return explain_division(
        decision.district, decision.plan, asked, other, decision.policy, request=decision.request
    )


def changes(found: DivisionAnswer) -> dict[str, float]:
    assert found.resolved is not None
    return {c.name: round(c.change, 3) for c in found.resolved.changes}


def test_a_row_of_towns_explained_by_hand() -> None:
    """Pupils 400 | 100, 100, 200. With A and B in one district, 500 and 300 is the best: 100 / 400 off.

    Both strong schools, A and B, are then in D1: all of D1 and none of D2, against a half; 10 and 10 km. B
    handed over alone gives just that; A, alone in its district, cannot be parted from anything.
    """
    decision = form_alliances(line((400, 100, 100, 200)), form="district", districts=2)
    found = answer(decision, "B", "D1")
    assert (found.town, found.other, found.together) == ("B", "A", False)
    assert changes(found) == {"pupils": 0.25, "strong": 0, "cut": 0, "distance": 0}
    (moved,) = found.moved
    assert (moved.district, moved.borders, moved.faults) == ("D1", ("A",), ())
    assert {c.name: round(c.change, 3) for c in moved.changes} == changes(found)
    assert found.resolved is not None
    assert found.resolved.partners == {"B": ("A",)}
    assert all(c.proven for c in found.resolved.changes)
    alone = answer(decision, "A")
    assert (alone.other, alone.resolved, alone.neighbours) == (None, None, ())
    assert [m.faults[0].key for m in alone.moved] == ["districts_count"]


def test_what_stands_against_a_move_is_named() -> None:
    """Without C D2 falls apart, and C does not touch D1; with a limit of 10 % B is too much."""
    tables = line((400, 100, 100, 200))
    decision = form_alliances(tables, form="district", districts=2, max_pupil_deviation=0.1)
    parted = answer(decision, "C", "SA")
    assert {f.key for f in parted.moved[0].faults} == {"districts_split", "districts_pupils"}
    assert parted.moved[0].borders == ()
    assert {f.key for f in answer(decision, "B", "A").moved[0].faults} == {"districts_pupils"}
    resolved = answer(decision, "B", "A").resolved
    assert resolved is not None
    assert resolved.end == "impossible"


@pytest.mark.parametrize("seed", range(12))
def test_answers_equal_the_best_of_all_partitions(seed: int) -> None:
    """Parted and joined: the levels of the best partition in which the two towns are so."""
    tables = random_county(seed)
    decision = form_alliances(tables, POLICY, form="district", districts=2)
    if decision.plan is None:
        return
    found = answer(decision, "T1", "T4")
    terms = Terms(districts=2)
    options = []
    for codes in partitions([t.town for t in tables.towns], 2):
        if (codes["T1"] == codes["T4"]) == (not found.together):
            verdict = check_alliances(tables, POLICY, Alliances("district", districts=codes), terms=terms)
            if verdict.passed:
                options.append([round(verdict.levels[name], 6) for name in NAMES])
    assert found.resolved is not None
    if not options:
        assert found.resolved.end == "impossible"
        return
    assert [c.value for c in found.resolved.changes] == pytest.approx(min(options), abs=1e-5)
    for lang in LANGS:
        assert all(division_sentences(found, tables, POLICY, lang))


def test_questions_that_make_no_sense() -> None:
    tables = line((100, 100))
    tables = tables.model_copy(update={"schools": (*tables.schools, school("S9"))})
    decision = form_alliances(tables, form="district", districts=2)
    assert decision.plan is not None
    assert answer(decision, "S9").town is None
    for arguments in (("X",), ("A", "SA"), ("A", "S9"), ("A", "D7")):
        with pytest.raises(UsageError):
            answer(decision, *arguments)
    with pytest.raises(UsageError):
        explain_alliance(tables, decision.plan, "SA")
    with pytest.raises(UsageError):
        explain_division(tables, Alliances("pair"), "SA")


@pytest.mark.parametrize("lang", LANGS)
def test_explain_a_division_as_typed(tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    tables, out = tmp_path / "tables", tmp_path / "out"
    write_district(line((400, 100, 100, 200)), tables)
    assert run(["ally", str(tables), "-o", str(out), "-q", "--form", "district", "--districts", "2"]) == 0
    capsys.readouterr()
    assert run(["explain", str(tables), str(out), "--school", "SB", "--with", "D1", "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert "0.2500" in said
    assert ("重新划分" in said) == (lang == "zh")
    assert run(["explain", str(tables), str(out), "--school", "A", "--with", "C", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["moved"][0]["faults"]
    assert document["together"] is False
    assert run(["explain", str(tables), str(out), "--school", "nowhere", "--lang", lang]) == 2
    assert "Traceback" not in capsys.readouterr().err
