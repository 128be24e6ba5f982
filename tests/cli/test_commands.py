"""The command line as a user types it: what is printed, written and returned."""

from __future__ import annotations

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from allocator.checking import check_rotation
from allocator.cli.app import run
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import CheckReport, Move
from allocator.domain.policy import Policy
from allocator.domain.run import StopSignal
from allocator.io.resources import instances_folder

TOYS = instances_folder() / "toy"
FILES = {"result.json", "moves.csv", "indicators.csv", "staffing.csv", "plan.xlsx", "report.html"}


def toy(name: str) -> tuple[str, list[str]]:
    """Folder and policy options of a toy."""
    folder = TOYS / name
    return str(folder), ["--policy", str(folder / "policy.yaml")]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated town on disk, as a folder and as a workbook."""
    folder = tmp_path_factory.mktemp("town")
    assert run(["generate", "--schools", "12", "--seed", "4", "-o", str(folder), "--xlsx"]) == 0
    return folder


@pytest.fixture(scope="module")
def planned(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town's plan, from the workbook."""
    out = tmp_path_factory.mktemp("out") / "plan"
    assert run(["rotate", str(town / "district.xlsx"), "-o", str(out), "-q"]) == 0
    return out


def test_a_plan_is_a_folder_of_files(planned: Path) -> None:
    """Everything the format names is there, and nothing half-written stays beside it."""
    assert {f.name for f in planned.iterdir()} == FILES
    run_info = json.loads((planned / "result.json").read_text(encoding="utf-8"))["run"]
    assert run_info["status"] == "optimal"
    assert run_info["checked"] is True
    assert run_info["violations"] == []


@pytest.mark.parametrize("form", ["", "moves.csv", "plan.xlsx", "result.json"])
def test_a_written_plan_passes_the_check_in_every_form(town: Path, planned: Path, form: str) -> None:
    """Folder, CSV, workbook and JSON of one plan are judged alike."""
    assert run(["check", str(town), str(planned / form)]) == 0


def test_folder_and_workbook_give_the_same_plan(town: Path, planned: Path, tmp_path: Path) -> None:
    """The form of the input does not matter: same digest, same moves."""
    assert run(["rotate", str(town), "-o", str(tmp_path), "-q"]) == 0
    first, second = (json.loads((f / "result.json").read_text(encoding="utf-8")) for f in (planned, tmp_path))
    assert first["moves"] == second["moves"]


def test_a_plan_typed_by_hand_is_judged(
    town: Path, planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sending everybody to one school breaks rules, named with their amounts, and exits with 3."""
    rows = list(csv.DictReader((planned / "moves.csv").read_text(encoding="utf-8-sig").splitlines()))
    target = rows[0]["to_school_id"]
    typed = tmp_path / "moves.csv"
    lines = [f"{row['teacher_id']},{target}" for row in rows]
    typed.write_text("教师编号,调入学校代码\n" + "\n".join(lines) + "\n", encoding="gb18030")
    assert run(["check", str(town), str(typed), "--lang", "en"]) == 3
    shown = capsys.readouterr()
    assert "broken" in shown.out
    assert "The plan fails the check" in shown.err


def test_a_claim_that_does_not_hold_is_named(
    town: Path, planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A result that claims one unfilled post less than the check finds is told so."""
    document = json.loads((planned / "result.json").read_text(encoding="utf-8"))
    document["run"]["levels"][0]["final"] -= 1
    forged = tmp_path / "result.json"
    forged.write_text(json.dumps(document), encoding="utf-8")
    assert run(["check", str(town), str(forged), "--lang", "en"]) == 0
    assert "claims" in capsys.readouterr().out


@pytest.mark.parametrize(
    "claims",
    [
        '{"policy": 5}',
        '{"as_of": "x"}',
        '{"as_of": 5}',
        '{"levels": 5}',
        '{"levels": [5]}',
        '{"levels": [{"name": ["x"], "final": 1}]}',
        '{"levels": [{"name": "staffing", "final": "x"}]}',
        '{"policy": {"values": 5}}',
        '{"policy": {"values": {"id": 5}}}',
        "5",
        pytest.param("[" * 100_000, id="nested"),
    ],
)
def test_forged_claims_are_bad_input(
    claims: str, town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A result.json that was tampered with is the user's fault (2), never our own (1)."""
    forged = tmp_path / "result.json"
    forged.write_text(f'{{"run": {claims}, "moves": []}}', encoding="utf-8")
    assert run(["check", str(town), str(forged), "--lang", "en"]) == 2
    assert "Internal" not in capsys.readouterr().err


def test_json_for_machines(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json standard output is one JSON document, and nothing else."""
    assert run(["rotate", str(town), "-o", str(tmp_path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["run"]["status"] == "optimal"
    assert run(["indicators", str(town), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["counties"]) == 14
    assert run(["validate", str(town), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["schools"] == 12
    assert run(["check", str(town), str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["passed"] is True
    assert run(["validate", str(town / "nothing"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["status"] == "error"


def test_settings_change_the_plan(town: Path, tmp_path: Path) -> None:
    """--set raises the quota: 30 % of the eligible move instead of 15 % at most."""
    options = ["--set", "rotation.min_share=0.3", "--set", "rotation.max_share=0.3", "--set", "rules.R5=off"]
    assert run(["rotate", str(town), "-o", str(tmp_path), "-q", *options]) == 0
    document = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    audit = next(r for r in document["rules"] if r["rule"] == "R6")
    assert audit["achieved"]["moved"] >= 0.3 * audit["required"]["eligible"]
    assert run(["check", str(town), str(tmp_path)]) == 0


def test_infeasible_is_exit_3_with_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A quota that R5 forbids: proven infeasible, and the report says so."""
    folder, policy = toy("quota-too-high")
    assert run(["rotate", folder, "-o", str(tmp_path), "-q", "--lang", "en", *policy]) == 3
    assert "No plan obeys all rules" in capsys.readouterr().err
    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["run"]["status"] == "infeasible"
    assert (tmp_path / "report.html").exists()


def test_no_time_is_exit_4(town: Path, tmp_path: Path) -> None:
    """Within 0 seconds there is no plan and no proof."""
    assert run(["rotate", str(town), "-o", str(tmp_path), "-q", "--time-limit", "0"]) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ["rotat"],
        ["rotate"],
        ["rotate", "nowhere", "-o", "out"],
        ["rotate", "nowhere", "-o", "out", "--gap", "x"],
        ["policies", "show", "nationl"],
        ["generate", "--schools", "0", "-o", "out"],
        ["template", "template.docx"],
    ],
)
def test_usage_errors_are_exit_2_in_one_message(
    arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback, nothing written, exit 2."""
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err + shown.out
    assert shown.err.strip()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "option", [["--set", "rotation.max_shar=0.2"], ["--as-of", "2026-13"], ["--policy", "beijin"]]
)
def test_wrong_values_name_the_right_ones(
    option: list[str], town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped path names the nearest one; a wrong month says the form."""
    assert run(["rotate", str(town), "-o", str(tmp_path / "out"), "--lang", "en", *option]) == 2
    shown = capsys.readouterr().err
    assert any(word in shown for word in ("rotation.max_share", "YYYY-MM", "beijing-2021"))
    assert not (tmp_path / "out").exists()


def test_our_own_faults_are_exit_1_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever goes wrong inside is one sentence and exit 1."""

    def broken() -> tuple[str, ...]:
        raise RuntimeError("gears")

    monkeypatch.setattr("allocator.io.policies.policy_ids", broken)
    assert run(["policies", "--lang", "en"]) == 1
    shown = capsys.readouterr().err
    assert "gears" in shown
    assert "Traceback" not in shown


def test_template_round_trips(tmp_path: Path) -> None:
    """The template with its example reads without a fault, and can be planned."""
    for lang in ("zh", "en"):
        file = tmp_path / f"{lang}.xlsx"
        assert run(["template", str(file), "--lang", lang]) == 0
        assert run(["validate", str(file)]) == 0
        assert run(["rotate", str(file), "-o", str(tmp_path / lang), "-q"]) == 0


def test_the_page_of_help_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    """Every command is listed; without a command the help is shown."""
    assert run([]) == 0
    shown = capsys.readouterr().out
    for command in ("demo", "template", "validate", "indicators", "rotate", "check", "generate", "policies"):
        assert command in shown


def test_importing_is_light() -> None:
    """`import allocator` loads no solver, table, web or Excel library."""
    code = (
        "import allocator, sys;"
        "heavy = {'highspy', 'ortools', 'pandas', 'numpy', 'xlsxwriter', 'python_calamine', 'rich'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_keeps_the_best_checked_plan(tmp_path: Path) -> None:
    """One Ctrl-C during the later levels ends with a checked, feasible plan on disk and exit 0."""
    assert run(["generate", "--schools", "250", "--seed", "2", "-o", str(tmp_path / "d")]) == 0
    command = [
        sys.executable,
        "-m",
        "allocator",
        "rotate",
        str(tmp_path / "d"),
        "-o",
        str(tmp_path / "out"),
        "--lang",
        "en",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "unfilled posts" in line:
                break
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "best plan so far is kept" in errors
    run_info = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))["run"]
    assert run_info["status"] == "feasible"
    assert run_info["checked"] is True
    assert "Open the report" in output


def test_an_output_that_cannot_be_written_is_found_before_planning(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a plan of an hour would be lost in the end."""

    def planned_in_vain(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("allocator.api.plan_rotation", planned_in_vain)
    occupied = tmp_path / "file"
    occupied.touch()
    assert run(["rotate", str(town), "-o", str(occupied)]) == 2
    assert run(["docs", "-o", str(occupied)]) == 2


def command(*arguments: str) -> list[str]:
    """The command line in a process of its own."""
    return [sys.executable, "-m", "allocator", *arguments]


@pytest.mark.skipif(os.name != "posix", reason="pipes")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_closed_pipe_ends_quietly(options: list[str]) -> None:
    """`allocator ... | head` must not be called our own fault (1), nor print a word."""
    reader, writer = os.pipe()
    os.close(reader)
    arguments = command("validate", str(TOYS / "couple"), *options)
    with subprocess.Popen(arguments, stdout=writer, stderr=subprocess.PIPE, text=True) as process:
        os.close(writer)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGPIPE
    assert errors == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_behind_standard_output_is_one_message(options: list[str]) -> None:
    """No traceback, and not our own fault (1)."""
    arguments = command("validate", str(TOYS / "couple"), "--lang", "en", *options)
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stop_before_any_plan_is_called_a_stop(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who pressed Ctrl-C is not told to give a longer time limit."""
    monkeypatch.setattr(StopSignal, "requested", True)
    assert run(["rotate", str(town), "-o", str(tmp_path), "-q", "--lang", "en"]) == 4
    errors = capsys.readouterr().err
    assert "Stopped as asked" in errors
    assert "--time-limit" not in errors


def test_the_users_text_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escape codes, line breaks and reversed writing of a file are shown as blanks, one fault a line."""
    names = 'school_id,kind,a\x1b[31mb,"c\nd\u202ee"'
    (tmp_path / "schools.csv").write_text(names + "\nS1,primary,1,1\n", encoding="utf-8")
    assert run(["validate", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert not {"\x1b", "\u202e"} & set(shown)
    assert "c d e" in shown


def test_a_result_is_replaced_as_a_whole_or_not_at_all(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up while the report is written must not leave the new plan beside the old report."""
    arguments = ["rotate", str(town), "-o", str(tmp_path), "-q"]
    assert run(arguments) == 0
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("allocator.reporting.write_report", full)
    assert run([*arguments, "--set", "rotation.max_share=0.2"]) == 2
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_the_last_word_on_a_level_is_its_own(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Progress ends with the bound of the level, as the table has it, not of a relaxation on the way."""
    assert run(["rotate", str(town), "-o", str(tmp_path), "--lang", "en"]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if " gap " in line]
    levels = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["run"]["levels"]
    assert [line.split()[-1] for line in lines] == [f"{level['gap']:.4%}" for level in levels]


@pytest.mark.parametrize("lie", ["rule", "level"])
def test_no_plan_is_written_that_the_checker_does_not_confirm(
    lie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A checker that finds a breach, or another value than the model, ends the run with 1 and no file."""

    def contradict(district: District, policy: Policy, moves: Sequence[Move], month: Month) -> CheckReport:
        if lie == "rule":
            near = policy.model_copy(update={"rotation": policy.rotation.model_copy(update={"max_km": 1e-6})})
            return check_rotation(district, near, moves, month)
        report = check_rotation(district, policy, moves, month)
        return replace(report, levels={**report.levels, "staffing": report.levels["staffing"] + 1})

    folder, policy = toy("fill-one-vacancy")
    assert run(["rotate", folder, "-o", str(tmp_path), "-q", *policy]) == 0
    for file in tmp_path.iterdir():
        file.unlink()
    monkeypatch.setattr("allocator.engine.check_rotation", contradict)
    assert run(["rotate", folder, "-o", str(tmp_path), "-q", *policy]) == 1
    assert capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
