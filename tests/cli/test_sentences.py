"""What the command line says of slips: wrong options, far dates, endless names, rules with nothing to count."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from allocator.cli.app import run
from allocator.io.resources import instances_folder
from allocator.text import LANGS, Lang

TOY = instances_folder() / "toy" / "fill-one-vacancy"
POLICY = ["--policy", str(TOY / "policy.yaml")]
PLAN = ["x", "-o", "y"]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan of the toy."""
    out = tmp_path_factory.mktemp("planned")
    assert run(["rotate", str(TOY), *POLICY, "-o", str(out), "-q"]) == 0
    return out


@pytest.mark.parametrize(
    ("arguments", "chinese", "english"),
    [
        (["rotate"], "缺少参数 DISTRICT", "the argument DISTRICT is missing"),
        (["rotate", "x"], "缺少选项 --out/-o", "the option --out/-o is missing"),
        (["rotate", "x", "-o"], "选项 -o 后面要有值", "the option -o needs a value"),
        (["rotat"], "没有命令“rotat”；是否指 rotate", "no command 'rotat'; perhaps rotate"),
        (["xyz"], "没有命令“xyz”", "no command 'xyz'"),
        (["rotate", *PLAN, "--foo"], "没有选项 --foo；是否指 --from", "no option --foo; perhaps --from"),
        (["rotate", *PLAN, "--zzzz"], "没有选项 --zzzz", "no option --zzzz"),
        (["rotate", *PLAN, "--gap", "a"], "--gap 的值无效：应为数", "--gap is not valid: it must be a number"),
        (["rotate", *PLAN, "--seed", "1.5"], "应为整数", "a whole number"),
        (["rotate", *PLAN, "--seed", "-1"], "不能小于 0", "at least 0"),
        (["rollout", *PLAN, "--years", "9"], "不能大于 5", "at most 5"),
        (["rotate", "x", "z", "-o", "y"], "多出的参数：z", "too many arguments: z"),
        (["rotate", *PLAN, "--quiet=3"], "选项 --quiet 不带值", "the option --quiet takes no value"),
    ],
)
@pytest.mark.parametrize("lang", LANGS)
def test_the_parser_speaks_the_language_of_the_session(
    arguments: list[str],
    chinese: str,
    english: str,
    lang: Lang,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The parser's own sentences are English: they would stand inside a Chinese one."""
    monkeypatch.setenv("ALLOCATOR_LANG", lang)
    assert run(arguments) == 2
    shown = capsys.readouterr().err.replace("\n", " ")
    assert {"zh": chinese, "en": english}[lang] in shown
    if lang == "zh":
        assert not re.search(r"Missing|No such|Invalid|Input should|requires|unexpected", shown)


def test_a_language_that_is_none_is_named_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rotate", *PLAN, "--lang", "fr"]) == 2
    assert "“fr”不在可选值 zh, en 之中" in capsys.readouterr().err


@pytest.mark.parametrize(("as_of", "warned"), [("2030-01", True), ("2022-01", True), ("2025-01", False)])
def test_a_date_far_from_the_data_is_warned_of(
    planned: Path, as_of: str, warned: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The toy is of 2026: 2030 (a slip for 2026?) is 41 months from its August, 2025-01 is 19."""
    run(["rotate", str(TOY), *POLICY, "-o", str(tmp_path), "-q", "--as-of", as_of])
    assert ("3 年以上" in capsys.readouterr().err) is warned
    run(["check", str(TOY), str(planned), "--as-of", as_of])
    assert ("3 年以上" in capsys.readouterr().err) is warned


def test_check_says_what_is_wrong_with_the_tables_when_the_plan_passes(
    planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A column that is not of the format is a warning of `validate`, `rotate` and `check` alike."""
    town = tmp_path / "town"
    shutil.copytree(TOY, town)
    lines = (town / "schools.csv").read_text(encoding="utf-8-sig").splitlines()
    changed = [f"{line},{'wifi' if k == 0 else 'x'}" for k, line in enumerate(lines)]
    (town / "schools.csv").write_text("\n".join(changed) + "\n", encoding="utf-8")
    assert run(["check", str(town), str(planned), "--lang", "en"]) == 0
    assert "wifi" in capsys.readouterr().err
    assert run(["check", str(town), str(planned), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["warnings"]
    assert [w["severity"] for w in found] == ["warning"]


def test_rules_with_nothing_to_count_say_so(planned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not '0 locks hold', '0 pairs, at most 0.000 km apart'."""
    assert run(["check", str(TOY), str(planned)]) == 0
    shown = capsys.readouterr().out
    assert "没有锁定事项" in shown
    assert "0 项锁定" not in shown
    assert "涉及 0 对" not in shown
    assert "调出校长的 0 所" not in shown


def test_an_endless_code_is_shortened(
    planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A code of 5,000 characters is repeated up to 80, in faults of tables and in messages."""
    town = tmp_path / "town"
    shutil.copytree(TOY, town)
    text = (town / "teachers.csv").read_text(encoding="utf-8-sig").splitlines()
    cells = text[1].split(",")
    heads = text[0].split(",")
    cells[next(k for k, h in enumerate(heads) if h in ("school_id", "任教学校代码"))] = "Q" * 5000
    (town / "teachers.csv").write_text("\n".join([text[0], ",".join(cells), *text[2:]]), encoding="utf-8")
    assert run(["validate", str(town)]) == 2
    shown = capsys.readouterr()
    longest = max(re.findall(r"Q+", shown.out + shown.err), key=len)
    assert 40 < len(longest) < 80
    assert run(["explain", str(TOY), str(planned), "--teacher", "W" * 5000]) == 2
    shown = capsys.readouterr()
    assert "W" * 79 in shown.err.replace("\n", "")
    assert "W" * 80 not in shown.err.replace("\n", "")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux counts a process by itself")
def test_memory_is_the_process_own() -> None:
    """A child of a process that once held 300 MiB inherits that peak in `getrusage`."""
    child = "from allocator.engine import _peak_mib; print(_peak_mib())"
    run_child = f"subprocess.run([sys.executable, '-c', {child!r}])"
    parent = f"import subprocess, sys; x = b'x' * 300 * 2**20; del x; {run_child}"
    done = subprocess.run([sys.executable, "-c", parent], capture_output=True, text=True, check=True)
    assert 10 < float(done.stdout) < 250
