"""The command as typed: files, exit codes, sentences in both languages; the same from Python."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import allocator
from allocator.cli.app import run
from allocator.domain.choices import LinkKind, SchoolKind
from allocator.io import read
from allocator.io.writing import write_district
from allocator.text import LANGS, catalogue
from tests.alliance.alliance_cases import district, link, school


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated town of twelve schools."""
    folder = tmp_path_factory.mktemp("town")
    assert run(["generate", "--schools", "12", "--seed", "4", "-o", str(folder)]) == 0
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    """A CSV table."""
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


@pytest.mark.parametrize("form", ["pair", "group", "hub", "chain"])
@pytest.mark.parametrize("lang", LANGS)
def test_every_form_writes_its_files(
    town: Path, tmp_path: Path, form: str, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ally", str(town), "-o", str(tmp_path), "--form", form, "--lang", lang, "-q"]) == 0
    names = {"result.json", "memberships.csv", "outside.csv", "alliance.xlsx", "report.html"}
    assert {file.name for file in tmp_path.iterdir()} == names
    document = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert (document["run"]["kind"], document["run"]["status"], document["form"]) == (
        "alliance",
        "optimal",
        form,
    )
    members = rows(tmp_path / "memberships.csv")
    assert list(members[0]) == ["alliance_id", "form", "school_id", "role", "since"]
    schools = {row["school_id"] for row in members} | {
        row["school_id"] for row in rows(tmp_path / "outside.csv")
    }
    assert schools == {school.school_id for school in read(town).district.schools}
    printed = capsys.readouterr().out
    assert catalogue("alliance")["proven"][lang] in printed
    other = "en" if lang == "zh" else "zh"
    assert catalogue("alliance")["proven"][other] not in printed


def test_the_result_is_the_input_of_the_next_period(town: Path, tmp_path: Path) -> None:
    """Read with the memberships that were written, nobody changes and the codes stay."""
    assert run(["ally", str(town), "-o", str(tmp_path / "first"), "-q"]) == 0
    tables = read(town).district
    again = tmp_path / "district"
    write_district(tables, again)
    (again / "memberships.csv").write_bytes((tmp_path / "first" / "memberships.csv").read_bytes())
    assert run(["ally", str(again), "-o", str(tmp_path / "second"), "-q"]) == 0
    first, second = (rows(tmp_path / name / "memberships.csv") for name in ("first", "second"))
    assert first == second
    document = json.loads((tmp_path / "second" / "result.json").read_text(encoding="utf-8"))
    assert document["changes"] == []
    assert document["run"]["levels"][0]["name"] == "breaches"


def test_stable_states_its_price(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ally", str(town), "-o", str(tmp_path), "--stable", "--lang", "en", "-q"]) == 0
    document = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert document["blocking"] == []
    assert list(document["stable_price"]) == ["coverage", "benefit", "distance"]
    assert "Price of stability" in capsys.readouterr().out


def test_json_is_one_document(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ally", str(town), "-o", str(tmp_path), "--json", "--tag", "chess", "--form", "hub"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["warnings"][-1]["key"] == "alliance.unknown_tag"


@pytest.mark.parametrize("lang", LANGS)
def test_contradictory_links_end_with_3_and_a_sentence(
    tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    schools = [school(c, quality=q) for c, q in (("A", 90), ("B", 80), ("C", 20))]
    both = (link("A", "C", LinkKind.TOGETHER), link("B", "C", LinkKind.TOGETHER))
    write_district(district(schools, links=both), tmp_path / "in")
    assert run(["ally", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--lang", lang, "-q"]) == 3
    shown = capsys.readouterr().err
    assert "C" in shown
    assert "Traceback" not in shown
    document = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert document["run"]["status"] == "infeasible"
    assert len(document["problems"]) == 1


@pytest.mark.parametrize(
    "options",
    [
        ["--lead", "nobody"],
        ["--capacity", "S001"],
        ["--stable", "--form", "hub"],
        ["--form", "circle"],
        ["--form", "district"],
        ["--districts", "2"],
        ["--groups", "2"],
        ["--form", "group", "--groups-in", "x"],
        ["--form", "group", "--capacity", "S001=2", "--capacity", "S001=3"],
        ["--form", "district", "--districts", "2", "--lead", "S001"],
    ],
)
def test_wrong_options_end_with_2(town: Path, tmp_path: Path, options: list[str]) -> None:
    assert run(["ally", str(town), "-o", str(tmp_path), *options]) == 2


def test_from_python(town: Path, tmp_path: Path) -> None:
    """The public names give the same plan and a graph of networkx."""
    tables = allocator.read_district(town)
    decision = allocator.form_alliances(tables)
    decision.write(tmp_path)
    assert len(rows(tmp_path / "memberships.csv")) == len(decision.plan.memberships)  # type: ignore[union-attr]  # found
    graph = allocator.alliance_network(tables).graph()
    assert set(graph.nodes) == {s.school_id for s in tables.schools}


def test_every_reason_and_change_has_its_sentences() -> None:
    """Each entry has both languages, and neither is a copy of the other."""
    for name, sentence in catalogue("alliance").items():
        assert set(sentence) == set(LANGS), name
        assert sentence["zh"] != sentence["en"] or name == "loss", name


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("options", [[], ["--stable"], ["--form", "hub"]], ids=" ".join)
def test_progress_is_told_in_words(
    town: Path, tmp_path: Path, lang: str, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without -q; a stage without a sentence would end the command."""
    assert run(["ally", str(town), "-o", str(tmp_path), "--lang", lang, *options]) == 0
    assert catalogue("alliance")["stage_build"][lang] in capsys.readouterr().err


def test_columns_are_those_of_alliances(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not before and after a rotation, nor a lower bound of what is to be large."""
    assert run(["ally", str(town), "-o", str(tmp_path), "--lang", "zh", "-q"]) == 0
    printed = capsys.readouterr().out
    assert "组建前" in printed
    assert "交流前" not in printed
    assert "下界" not in printed


@pytest.mark.parametrize("lang", LANGS)
def test_no_alliance_at_all_is_no_success_in_green(
    tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two schools 200 km apart: the reason for each, and that the rules allow nothing; no table of zeros."""
    path = write_district(
        district([school("A", quality=90), school("B", quality=10, km=200)]), tmp_path / "far"
    )
    assert run(["ally", str(path), "-o", str(tmp_path / "out"), "--lang", lang, "-q"]) == 0
    printed = capsys.readouterr().out
    assert catalogue("alliance")["none_possible"][lang] in printed.replace("\n", "")
    assert catalogue("alliance")["proven"][lang] not in printed
    assert catalogue("levels")["benefit"][lang] not in printed


def test_rules_are_called_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A clerk does not know what A4 is, and what forming asks besides the rules has no number."""
    schools = [
        school("A", quality=90, learning_district="x"),
        school("B", quality=10, km=200, learning_district="y", kind=SchoolKind.JUNIOR),
    ]
    path = write_district(district(schools, links=(link("A", "B", LinkKind.TOGETHER),)), tmp_path / "far")
    command = ["ally", str(path), "-o", str(tmp_path / "out"), "--form", "chain", "--lang", "zh", "-q"]
    assert run(command) == 3
    told = capsys.readouterr().err.replace("\n", "")
    assert "不符合：须在同一学区（乡镇街道）、规则 A4（联盟距离）" in told


@pytest.mark.parametrize("form", ["pair", "group", "hub", "chain", "district"])
def test_every_form_shows_its_progress(
    town: Path, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every stage that is told of has a name; without one the command ended in an internal error."""
    words = ["--form", form, *(["--districts", "1"] if form == "district" else [])]
    for lang in LANGS:
        assert run(["ally", str(town), "-o", str(tmp_path), "--lang", lang, *words]) == 0
        assert "ALLOCATOR_DEBUG" not in capsys.readouterr().err
