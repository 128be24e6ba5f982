"""Living with a plan, as a user types it: new facts, locks, who changes and why."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from allocator import Lock, check_plan, plan_rotation, read_district
from allocator.cli.app import run
from allocator.errors import InputError


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated town and its approved plan, `approved` beside `district`."""
    folder = tmp_path_factory.mktemp("town")
    assert run(["generate", "--schools", "8", "--seed", "4", "-o", str(folder / "district")]) == 0
    assert run(["rotate", str(folder / "district"), "-o", str(folder / "approved"), "-q"]) == 0
    return folder


def moves(folder: Path) -> list[dict[str, str]]:
    """Rows of a plan."""
    return list(csv.DictReader((folder / "moves.csv").read_text(encoding="utf-8-sig").splitlines()))


def result(folder: Path) -> Any:
    """The document of a plan."""
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def changed(town: Path, to: Path, name: str, edit: Callable[[dict[str, str]], dict[str, str] | None]) -> Path:
    """Copy the district with rows of a table edited, or dropped where the edit gives None."""
    folder = to / "changed"
    shutil.copytree(town / "district", folder)
    file = folder / f"{name}.csv"
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    kept = [edit(dict(zip(rows[0], row, strict=True))) for row in rows[1:]]
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(row for row in kept if row is not None)
    return folder


@pytest.mark.parametrize("form", ["", "moves.csv", "plan.xlsx", "result.json"])
def test_without_new_facts_the_plan_stays(town: Path, tmp_path: Path, form: str) -> None:
    """From every form of the approved plan: no change, and the same list of moves, byte for byte."""
    source = str(town / "approved" / form)
    assert run(["rotate", str(town / "district"), "-o", str(tmp_path), "-q", "--from", source]) == 0
    assert (tmp_path / "moves.csv").read_bytes() == (town / "approved/moves.csv").read_bytes()
    assert result(tmp_path)["changes"]["rows"] == []
    level = result(tmp_path)["run"]["levels"][0]
    assert (level["name"], level["value"], level["bound"], level["unit"]) == ("changes", 0, 0, "decisions")


def test_resignation_illness_and_a_lock(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One left, one is exempt now, one is locked to stay: each is named with the reason, in every output."""
    left, ill, locked = (row["teacher_id"] for row in moves(town / "approved")[:3])

    def edit(row: dict[str, str]) -> dict[str, str] | None:
        if row["教师编号"] == left:
            return None
        if row.get("配偶教师编号") == left:
            row = {**row, "配偶教师编号": ""}
        if row["教师编号"] == ill:
            row = {**row, "免于交流": "是", "自愿交流": "否"}
        return row

    district = changed(town, tmp_path, "teachers", edit)
    for name in ("wishes", "locks"):
        file = district / f"{name}.csv"
        if file.exists():
            lines = file.read_text(encoding="utf-8-sig").splitlines()
            file.write_text("\n".join(x for x in lines if left not in x) + "\n", encoding="utf-8-sig")
    out = tmp_path / "new"
    source = str(town / "approved")
    command = ["rotate", str(district), "-o", str(out), "-q", "--lang", "en", "--from", source]
    assert run([*command, "--lock", f"{locked}=stay"]) == 0
    printed = capsys.readouterr().out
    assert "Who changes, and why" in printed
    changes = result(out)["changes"]
    causes = {row["teacher_id"]: (row["kind"], row["cause"]) for row in changes["rows"]}
    assert causes[left] == ("gone", "left")
    assert causes[ill] == ("stays", "not_eligible")
    assert causes[locked] == ("stays", "lock")
    assert changes["gone"] == 1
    assert changes["count"] == result(out)["run"]["levels"][0]["final"] == len(causes) - 1
    sheet = CalamineWorkbook.from_path(str(out / "plan.xlsx")).get_sheet_by_name("Changes").to_python()
    assert {row[0] for row in sheet[1:]} == set(causes)
    assert 'id="changes"' in (out / "report.html").read_text(encoding="utf-8")
    assert run(["check", str(district), str(out)]) == 0
    assert "与检查结果" not in capsys.readouterr().out


def test_check_recomputes_changes_from_the_two_plans(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A list without its result.json is compared with the approved one: two rows dropped are two changes."""
    typed = tmp_path / "moves.csv"
    lines = (town / "approved/moves.csv").read_text(encoding="utf-8-sig").splitlines()
    typed.write_text("\n".join(lines[:-2]) + "\n", encoding="utf-8")
    run(["check", str(town / "district"), str(typed), "--from", str(town / "approved"), "--json"])
    assert json.loads(capsys.readouterr().out)["levels"]["changes"] == 2


def test_a_forged_number_of_changes_is_named(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A result that claims one change where there is none is told so."""
    district, out = str(town / "district"), tmp_path / "new"
    assert run(["rotate", district, "-o", str(out), "-q", "--from", str(town / "approved")]) == 0
    document = result(out)
    document["run"]["levels"][0]["final"] = 1
    (out / "result.json").write_text(json.dumps(document), encoding="utf-8")
    capsys.readouterr()
    assert run(["check", district, str(out), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["claims"]) == 1


def test_locks_hold_and_are_recorded(town: Path, tmp_path: Path) -> None:
    """Every kind of lock in one command; the plan obeys them and can be checked without repeating them."""
    rows = moves(town / "approved")
    stay, other, away = rows[0], rows[1], rows[2]
    texts = [
        f"{stay['teacher_id']}=stay",
        f"{other['teacher_id']}={other['to_school_id']}",
        f"{away['teacher_id']}!={away['to_school_id']}",
        f"{rows[3]['teacher_id']}=move",
    ]
    options = [word for text in texts for word in ("--lock", text)]
    assert run(["rotate", str(town / "district"), "-o", str(tmp_path), "-q", *options]) == 0
    goals = {row["teacher_id"]: row["to_school_id"] for row in moves(tmp_path)}
    assert stay["teacher_id"] not in goals
    assert goals[other["teacher_id"]] == other["to_school_id"]
    assert goals.get(away["teacher_id"]) != away["to_school_id"]
    assert rows[3]["teacher_id"] in goals
    assert [lock["action"] for lock in result(tmp_path)["locks"]] == ["stay", "to", "not_to", "move"]
    assert run(["check", str(town / "district"), str(tmp_path)]) == 0


def test_all_faults_of_locks_at_once(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Form, unknown codes, the present school, contradictions: all are named, and nothing is written."""
    row = moves(town / "approved")[0]
    teacher, home = row["teacher_id"], row["from_school_id"]
    texts = ["nonsense", "T?=stay", f"{teacher}=S?", f"{teacher}={home}", f"{teacher}=stay", f"{teacher}=stay"]
    options = [word for text in texts for word in ("--lock", text)]
    out = tmp_path / "out"
    assert run(["rotate", str(town / "district"), "-o", str(out), "-q", "--lang", "en", *options]) == 2
    shown = capsys.readouterr().err
    for text in ("is no lock", "no teacher", "no school", "present school", "contradicts", "already"):
        assert text in shown, text
    assert list(out.iterdir()) == []


def test_locks_contradict_the_table(town: Path, tmp_path: Path) -> None:
    """A lock of the table and one given beside it contradict each other, in Python as well."""
    district = read_district(town / "district")
    row = moves(town / "approved")[0]
    locked = district.model_copy(update={"locks": (Lock(teacher_id=row["teacher_id"], action="stay"),)})
    with pytest.raises(InputError) as caught:
        plan_rotation(locked, locks=[Lock(teacher_id=row["teacher_id"], action="move")])
    assert [fault.key for fault in caught.value.faults if fault.severity == "error"] == [
        "replan.lock_contradicts"
    ]


def test_an_approved_plan_with_a_teacher_twice(town: Path, tmp_path: Path) -> None:
    """Two rows of one teacher are no plan."""
    row = moves(town / "approved")[0]
    twice = tmp_path / "moves.csv"
    line = f"{row['teacher_id']},{row['to_school_id']}\n"
    twice.write_text("teacher_id,to_school_id\n" + line + line, encoding="utf-8")
    assert run(["rotate", str(town / "district"), "-o", str(tmp_path / "o"), "-q", "--from", str(twice)]) == 2


@pytest.mark.parametrize(("mechanism", "rule"), [("points", "R15"), ("status_quo", "R16")])
def test_mechanisms(town: Path, tmp_path: Path, mechanism: str, rule: str) -> None:
    """The mechanism puts its rule in force, and the plan keeps it."""
    options = ["--set", f"rotation.mechanism={mechanism}"]
    assert run(["rotate", str(town / "district"), "-o", str(tmp_path), "-q", *options]) == 0
    verdicts = {audit["rule"]: audit["verdict"] for audit in result(tmp_path)["rules"]}
    assert verdicts[rule] == "met"


def test_python_says_the_same(town: Path) -> None:
    """`plan_rotation(approved=...)` and `check_plan(approved=...)` agree on the level."""
    district, source = read_district(town / "district"), town / "approved"
    decision = plan_rotation(district, approved=source, locks=[f"{moves(source)[0]['teacher_id']}=stay"])
    assert decision.replan is not None
    found = check_plan(district, decision.moves, locks=decision.locks, approved=source)
    assert found.levels["changes"] == decision.replan.count == decision.levels[0].final >= 1
