"""The command plan as typed: files, exit codes, sentences; each part as the other commands judge it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from allocator.cli.app import run
from allocator.io import read
from allocator.io.resources import instances_folder
from allocator.io.writing import write_district
from allocator.text import LANGS, catalogue

FAST = ["--gap", "0.01", "-q"]
ROTATION = {"result.json", "moves.csv", "indicators.csv", "staffing.csv", "plan.xlsx", "report.html"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated town of ten schools."""
    folder = tmp_path_factory.mktemp("town")
    assert run(["generate", "--schools", "10", "--seed", "3", "-o", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def planned(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs, the rotation inside them, and the free one."""
    out = tmp_path_factory.mktemp("planned") / "out"
    assert run(["plan", str(town), "-o", str(out), "--lang", "zh", *FAST]) == 0
    return out


def files(folder: Path) -> set[str]:
    """Names of the files of a folder; hidden ones would be leftovers."""
    return {file.name for file in folder.iterdir() if file.is_file()}


def test_the_folder_holds_the_parts_and_their_comparison(planned: Path) -> None:
    assert {f.name for f in planned.iterdir() if f.is_dir()} == {"alliances", "within", "free"}
    assert files(planned) == {"result.json", "comparison.csv", "plan.xlsx", "plan.html"}
    assert files(planned / "within") == files(planned / "free") == ROTATION


def test_every_part_passes_its_own_check(town: Path, planned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the table of the district, which has other alliances, the plan within breaks R13."""
    for part in ("within", "free"):
        assert run(["check", str(town), str(planned / part), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["claims"] == []
    policy = ["--set", "rotation.scope=alliance"]
    assert run(["check", str(town), str(planned / "within" / "moves.csv"), *policy]) == 3


def test_the_comparison_is_the_difference_of_the_parts(planned: Path) -> None:
    """Every number of the table is recomputed from the results of the two rotations."""
    levels = {}
    for part in ("within", "free"):
        document = json.loads((planned / part / "result.json").read_text(encoding="utf-8"))
        levels[part] = {level["name"]: level for level in document["run"]["levels"]}
    text = (planned / "comparison.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["level"] for row in rows] == ["staffing", "balance", "burden"]
    for row in rows:
        free, within = levels["free"][row["level"]], levels["within"][row["level"]]
        told = [float(row[f"difference{end}"]) for end in ("", "_at_least", "_at_most")]
        assert told == pytest.approx(
            [
                within["final"] - free["final"],
                within["bound"] - free["value"],
                within["value"] - free["bound"],
            ],
            rel=1e-6,
            abs=1e-8,
        )


def test_the_page_links_the_parts_and_loads_nothing(planned: Path) -> None:
    text = (planned / "plan.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    for place in ("alliances/memberships.csv", "within/report.html", "free/report.html"):
        assert f'href="{place}"' in text
        assert (planned / place).exists()


@pytest.mark.parametrize("lang", LANGS)
def test_no_plan_inside_is_explained(
    town: Path, tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Chains join schools of different stages, so that too few can move: exit 3, R6 against R13."""
    assert run(["plan", str(town), "-o", str(tmp_path), "--form", "chain", "--lang", lang, *FAST]) == 3
    told = capsys.readouterr()
    assert "R13" in told.out
    assert catalogue("combined")["infeasible"][lang] in told.err.replace("\n", "")
    rules = (catalogue("rules")[f"{rule}_name"][lang] for rule in ("R6", "R13"))
    page = (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert all(f"{rule} {name}" in page for rule, name in zip(("R6", "R13"), rules, strict=True))
    document = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    parts = document["plan"]["parts"]
    assert (parts["within"]["status"], parts["free"]["status"]) == ("infeasible", "optimal")
    assert parts["within"]["conflict"] == ["R6", "R13"]
    assert all(row["difference"] is None and row["free"] is not None for row in document["plan"]["levels"])


def test_repair_says_what_gave_way(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same with --repair: a plan, its price as the first level, and a sentence."""
    command = ["plan", str(town), "-o", str(tmp_path), "--form", "chain", "--repair", "--lang", "en", *FAST]
    assert run(command) == 0
    assert "Inside: rules gave way in" in capsys.readouterr().out
    rows = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["plan"]["levels"]
    assert rows[0]["level"] == "breaches"
    assert rows[0]["within"] > 0
    assert rows[0]["free"] is None


def test_no_time_no_plan(town: Path, tmp_path: Path) -> None:
    assert run(["plan", str(town), "-o", str(tmp_path), "--time-limit", "0", "-q"]) == 4


@pytest.mark.parametrize("lang", LANGS)
def test_a_district_without_teachers(tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    hubs = instances_folder() / "scenarios" / "dongcheng-hubs"
    assert run(["plan", str(hubs), "-o", str(tmp_path / "out"), "--form", "hub", "--lang", lang, "-q"]) == 2
    assert catalogue("combined")["no_teachers"][lang] in capsys.readouterr().err.replace("\n", "")


def test_contradictory_links_leave_nothing_of_an_earlier_result(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 3 with the schools; the rotations of the run before would be taken for those of this one."""
    assert run(["plan", str(town), "-o", str(tmp_path / "out"), "--time-limit", "0", "-q"]) == 4
    assert "report.html" in files(tmp_path / "out" / "within")
    district = read(town).district
    a, b = (school.school_id for school in district.schools[:2])
    path = write_district(district, tmp_path / "bad")
    links = f"school_a,school_b,link\n{a},{b},together\n{b},{a},apart\n"
    (path / "links.csv").write_text(links, encoding="utf-8")
    assert run(["plan", str(path), "-o", str(tmp_path / "out"), "--lang", "zh", "-q"]) == 3
    assert f"学校 {a} 与 {b} 既" in capsys.readouterr().err
    assert not files(tmp_path / "out" / "within")
    assert files(tmp_path / "out") == {"result.json", "comparison.csv"}


def test_progress_is_told_in_words(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", str(town), "-o", str(tmp_path), "--lang", "zh", "--time-limit", "0"]) == 4
    told = capsys.readouterr().err
    assert catalogue("combined")["stage_alliance"]["zh"] in told
    assert catalogue("combined")["stage_county"]["zh"] in told


def moves_of(folder: Path) -> dict[str, str]:
    """Teacher -> new school."""
    text = (folder / "moves.csv").read_text(encoding="utf-8-sig")
    return {row["teacher_id"]: row["to_school_id"] for row in csv.DictReader(text.splitlines())}


@pytest.fixture(scope="module")
def replanned(town: Path, planned: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The plan again, with one of its teachers locked to stay, from the plan before."""
    teacher = min(moves_of(planned / "within"))
    out = tmp_path_factory.mktemp("replanned") / "out"
    words = ["--lock", f"{teacher}=stay", "--from", str(planned)]
    assert run(["plan", str(town), "-o", str(out), "--lang", "zh", *words, *FAST]) == 0
    return out, teacher


def test_locks_and_an_approved_plan_bind_both_rotations(
    town: Path, planned: Path, replanned: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The teacher stays in both; inside the alliances few others change, and the check agrees."""
    out, teacher = replanned
    before = moves_of(planned / "within")
    for part in ("within", "free"):
        assert teacher not in moves_of(out / part)
        document = json.loads((out / part / "result.json").read_text(encoding="utf-8"))
        assert [lock["teacher_id"] for lock in document["locks"]] == [teacher]
        assert document["run"]["levels"][0]["name"] == "changes"
        assert run(["check", str(town), str(out / part), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["claims"] == []
    after = moves_of(out / "within")
    changed = {t for t in {*before, *after} if before.get(t) != after.get(t)}
    assert teacher in changed
    document = json.loads((out / "within" / "result.json").read_text(encoding="utf-8"))
    assert document["run"]["levels"][0]["final"] == len(changed)
    assert len(changed) <= 4


def test_the_changes_are_compared_and_told(replanned: tuple[Path, str]) -> None:
    out, _ = replanned
    text = (out / "comparison.csv").read_text(encoding="utf-8-sig")
    levels = [row["level"] for row in csv.DictReader(text.splitlines())]
    assert levels == ["changes", "staffing", "balance", "burden"]
    assert (out / "plan.html").is_file()


@pytest.mark.parametrize("words", [["--lock", "nobody=stay"], ["--lock", "T"], ["--from", "nowhere"]])
def test_locks_that_make_no_sense(
    town: Path, tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plan", str(town), "-o", str(tmp_path / "out"), *words, *FAST]) == 2
    said = capsys.readouterr().err
    assert said
    assert "Traceback" not in said


def test_words_of_the_comparison_stay_whole_on_a_narrow_console(
    town: Path, planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a column of units, 80 columns leave seven for a level: "Changed decisio ns", and 12.00 decisions."""
    asked = ["plan", str(town), "-o", str(tmp_path), "--lang", "en", "--from", str(planned), *FAST]
    assert run(asked) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    words = {line.split("│")[1].strip() for line in rows}
    assert {"Changed", "decisions", "(decisions)"} <= set(" ".join(words).split())
    (changed,) = [line for line in rows if "Changed" in line]
    assert "." not in changed
