"""The command reach as typed: files, exit codes, sentences in both languages."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from allocator.cli.app import run
from allocator.text import LANGS

FILES = {
    "result.json",
    "moves.csv",
    "split.csv",
    "indicators.csv",
    "verdicts.csv",
    "shortfalls.csv",
    "reach.html",
    "reach.xlsx",
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated town of six schools, which can pass."""
    folder = tmp_path_factory.mktemp("town")
    assert run(["generate", "--schools", "6", "-o", str(folder)]) == 0
    return folder


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_written_agrees(
    town: Path, tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The amounts of split.csv and the moves at their price add up to the cost that is proven least."""
    out = tmp_path / "out"
    assert run(["reach", str(town), "-o", str(out), "--lang", lang, "-q"]) == 0
    told = capsys.readouterr().out
    assert {f.name for f in out.iterdir()} == FILES
    found = json.loads((out / "result.json").read_text(encoding="utf-8"))
    money, moves = rows(out / "split.csv"), rows(out / "moves.csv")
    total = sum(int(row["amount_yuan"]) for row in money) + 10_000 * len(moves)
    assert found["cost"]["total_yuan"] == total
    assert f"{total:,}" in told
    assert found["run"]["kind"] == "reach"
    assert found["run"]["levels"][2]["bound"] == pytest.approx(total)
    assert found["reached"] is True
    assert {row["passed_after"] for row in rows(out / "verdicts.csv")} == {"yes"}
    assert rows(out / "shortfalls.csv") == []
    assert "{" not in told


def test_moves_are_a_legal_rotation(town: Path, tmp_path: Path) -> None:
    """The command check knows nothing of the joint question and passes its moves."""
    assert run(["reach", str(town), "-o", str(tmp_path), "-q", "--set", "funding.move_yuan=0"]) == 0
    assert run(["check", str(town), str(tmp_path / "moves.csv")]) == 0


def test_what_cannot_be_is_said_with_numbers(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten backbone teachers for 100 pupils are nowhere: the answer names those who are missing."""
    thresholds = "indicators.thresholds_primary=[4.2, 10, 0.9, 4.5, 7.5, 2000, 2.3]"
    typed = ["reach", str(town), "-o", str(tmp_path), "-q", "--lang", "en", "--set", thresholds]
    assert run(typed) == 0
    assert "I2" in capsys.readouterr().out
    missing = rows(tmp_path / "shortfalls.csv")
    assert {row["indicator"] for row in missing} >= {"I2"}
    found = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert found["reached"] is False
    assert found["run"]["levels"][0]["value"] == sum(
        float(row["amount"]) for row in missing if row["school_id"]
    )


def test_without_time_there_is_no_plan(town: Path, tmp_path: Path) -> None:
    """Exit code 4, and a result that says unknown; a plan of its own making would be a 0."""
    assert run(["reach", str(town), "-o", str(tmp_path), "-q", "--time-limit", "0"]) == 4
    found = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert (found["run"]["status"], found["run"]["checked"], found["split"]) == ("unknown", None, [])


def test_rules_that_allow_no_rotation_end_with_three(town: Path, tmp_path: Path) -> None:
    typed = ["reach", str(town), "-o", str(tmp_path), "-q"]
    assert run([*typed, "--set", "rotation.max_km=0", "--set", "rotation.min_share=0.9"]) == 3
    assert (tmp_path / "reach.html").exists()


def rows(file: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
