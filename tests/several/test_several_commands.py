"""Alternatives, trade-off and roll-out as a user types them: files, exit codes, sentences."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from allocator.cli.app import run
from allocator.io.resources import instances_folder
from allocator.text import LANGS

PLAN = {"result.json", "moves.csv", "indicators.csv", "staffing.csv", "plan.xlsx", "report.html"}
FAST = ["--gap", "0.01", "-q"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated town of six schools."""
    folder = tmp_path_factory.mktemp("town")
    assert run(["generate", "--schools", "6", "--seed", "4", "-o", str(folder)]) == 0
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    """A CSV table."""
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def page_of(path: Path) -> str:
    """A page that opens without a network: nothing is loaded from anywhere."""
    text = path.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert not re.search(r"<script[^>]+src=", text)
    assert not re.search(r"<(?:link|img|iframe)\b", re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL))
    return text


@pytest.fixture(scope="module")
def rolled(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A roll-out of a quarter of the eligible over two years, in English."""
    out = tmp_path_factory.mktemp("rolled") / "out"
    command = ["rollout", str(town), "-o", str(out), "--years", "2", "--target-share", "0.25", "--lang", "en"]
    assert run([*command, *FAST]) == 0
    return out


def test_alternatives_lie_beside_the_plan(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan where it always is, each alternative a whole result that `check` passes, and what differs."""
    command = [
        "rotate",
        str(town),
        "-o",
        str(tmp_path),
        "--alternatives",
        "2",
        "--loss",
        "0.05",
        "--lang",
        "en",
    ]
    assert run([*command, *FAST]) == 0
    assert "Alternative 2" in capsys.readouterr().out.replace("\n", " ")
    assert {f.name for f in tmp_path.iterdir()} >= PLAN
    for k in (1, 2):
        assert {f.name for f in (tmp_path / f"alternative-{k}").iterdir()} == PLAN
        assert run(["check", str(town), str(tmp_path / f"alternative-{k}")]) == 0
    table = rows(tmp_path / "alternatives.csv")
    assert [row["folder"] for row in table] == [".", "alternative-1", "alternative-2"]
    assert int(table[1]["nearest"]) == int(table[1]["distance_0"]) > 0
    told = rows(tmp_path / "differences.csv")
    apart = sum(row["plan_0"] != row["plan_1"] for row in told)
    assert apart == int(table[1]["distance_0"])
    text = page_of(tmp_path / "alternatives.html")
    assert all(row["teacher_id"] in text for row in told)


def test_alternatives_keep_locks_beside_the_table(town: Path, tmp_path: Path) -> None:
    """A teacher who is locked on the command line stays in every plan."""
    assert run(["rotate", str(town), "-o", str(tmp_path / "a"), *FAST]) == 0
    teacher = rows(tmp_path / "a" / "moves.csv")[0]["teacher_id"]
    out = tmp_path / "b"
    lock = ["--lock", f"{teacher}=stay"]
    assert run(["rotate", str(town), "-o", str(out), "--alternatives", "1", *lock, *FAST]) == 0
    for folder in (out, out / "alternative-1"):
        assert teacher not in {row["teacher_id"] for row in rows(folder / "moves.csv")}
        assert run(["check", str(town), str(folder)]) == 0


def test_a_replanned_plan_has_no_alternatives(town: Path, tmp_path: Path) -> None:
    """To change little and to differ much contradict each other: bad usage."""
    assert run(["rotate", str(town), "-o", str(tmp_path / "a"), *FAST]) == 0
    again = ["--from", str(tmp_path / "a"), "--alternatives", "1"]
    assert run(["rotate", str(town), "-o", str(tmp_path / "b"), *again, *FAST]) == 2


@pytest.mark.parametrize("lang", LANGS)
def test_a_tradeoff_is_a_table_a_page_and_plans(
    town: Path, tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every point is a folder that `check` passes; more moves, better balance; the page draws the points."""
    assert run(["tradeoff", str(town), "-o", str(tmp_path), "--points", "3", "--lang", lang, *FAST]) == 0
    assert ("Pareto front" if lang == "en" else "帕累托前沿") in capsys.readouterr().out
    table = rows(tmp_path / "tradeoff.csv")
    assert len(table) == 3
    assert [int(float(r["moves"])) for r in table] == sorted(int(float(r["moves"])) for r in table)
    balance = [float(r["balance"]) for r in table]
    assert balance == sorted(balance, reverse=True)
    for row in table:
        assert float(row["balance_bound"]) <= float(row["balance"]) + 1e-9
        assert run(["check", str(town), str(tmp_path / row["folder"])]) == 0
    data = re.search(r'id="report-data">(.*?)</script>', page_of(tmp_path / "tradeoff.html"), re.DOTALL)
    assert data is not None
    series = json.loads(data[1])["charts"]["front"]["series"]
    assert [dot["value"][1] for dot in series[0]["data"]] == pytest.approx(balance)
    assert (tmp_path / "tradeoff.xlsx").stat().st_size > 0


def test_a_rollout_is_a_folder_a_year(rolled: Path) -> None:
    """Two years, each a whole result; all moves with their year; nobody twice; CVs on the page."""
    assert {f.name for f in (rolled / "year-2026").iterdir()} == PLAN
    assert {f.name for f in (rolled / "year-2027").iterdir()} == PLAN
    moves = rows(rolled / "moves.csv")
    assert {row["year"] for row in moves} == {"2026", "2027"}
    assert len({row["teacher_id"] for row in moves}) == len(moves)
    years = rows(rolled / "years.csv")
    assert [int(y["moved"]) for y in years] == [sum(m["year"] == y["year"] for m in moves) for y in years]
    assert years[0]["cv_primary_I2_after"] == years[1]["cv_primary_I2_before"]
    text = page_of(rolled / "rollout.html")
    assert "2027" in text
    assert "Not proven: that the sequence" in text
    assert json.loads((rolled / "rollout.json").read_text(encoding="utf-8"))["run"]["checked"] is True


def test_a_rollout_can_be_checked_by_anyone(
    town: Path, rolled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the tables, the moves and the terms alone, in words and as JSON."""
    assert run(["check-rollout", str(town), str(rolled), "--lang", "en"]) == 0
    assert "passes the independent check" in capsys.readouterr().out
    assert run(["check-rollout", str(town), str(rolled), "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["passed"] is True
    assert [year["passed"] for year in document["years"]] == [True, True]


def _forged(rolled: Path, target: Path, change: dict[str, str]) -> Path:
    """A copy of a roll-out with one column of one move of the second year changed."""
    target.mkdir()
    table = rows(rolled / "moves.csv")
    first = next(row["teacher_id"] for row in table if row["year"] == "2026")
    victim = next(row for row in table if row["year"] == "2027")
    victim |= {k: first if v == "FIRST" else v for k, v in change.items()}
    with (target / "moves.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    (target / "rollout.json").write_bytes((rolled / "rollout.json").read_bytes())
    return target


def test_a_forged_rollout_is_found_out(
    town: Path, rolled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Moving in 2027 somebody who moved in 2026: named as moved again within the term, exit 3."""
    forged = _forged(rolled, tmp_path / "forged", {"teacher_id": "FIRST"})
    assert run(["check-rollout", str(town), str(forged), "--lang", "en"]) == 3
    shown = capsys.readouterr()
    assert "T2" in shown.out
    assert "before the term of 3 years has ended" in shown.out


@pytest.mark.parametrize("year", ["2031", ""])
def test_moves_of_no_year_are_bad_input(
    town: Path, rolled: Path, tmp_path: Path, year: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A year outside the roll-out, or none: named with the teacher, exit 2."""
    forged = _forged(rolled, tmp_path / "forged", {"year": year})
    assert run(["check-rollout", str(town), str(forged), "--lang", "en"]) == 2
    assert "2026-2027" in capsys.readouterr().err


def test_a_target_out_of_reach_is_exit_3_with_the_bound(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everybody within two years: R5 and R7 forbid it; the bound says how many can at most."""
    assert run(["rollout", str(town), "-o", str(tmp_path), "--years", "2", "--lang", "en", *FAST]) == 3
    assert "whatever the order, at most" in capsys.readouterr().out
    document = json.loads((tmp_path / "rollout.json").read_text(encoding="utf-8"))
    assert document["unmet"][0]["demand"] == "T1"
    reached = int(rows(tmp_path / "years.csv")[-1]["cohort_total"])
    assert reached <= document["bounds"]["reach"]
    assert "upper share of moves is raised" in (tmp_path / "rollout.html").read_text(encoding="utf-8")


def test_no_plan_ends_with_the_codes_of_rotate(tmp_path: Path) -> None:
    """Infeasible is 3 and no time is 4, for each of the three; what is known is written all the same."""
    toy = instances_folder() / "toy" / "quota-too-high"
    policy = ["--policy", str(toy / "policy.yaml"), "-q"]
    for command in (["tradeoff"], ["rollout"], ["rotate", "--alternatives", "1"]):
        out = tmp_path / command[0]
        assert run([command[0], str(toy), "-o", str(out), *command[1:], *policy]) == 3
        assert run([command[0], str(toy), "-o", str(out), *command[1:], *policy, "--time-limit", "0"]) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ["tradeoff", "--axes", "moves,km"],
        ["tradeoff", "--points", "1"],
        ["rollout", "--years", "6"],
        ["rollout", "--target-share", "2"],
        ["rollout", "--set", "rules.R2=off"],
        ["rotate", "--alternatives", "0"],
        ["check-rollout"],
    ],
)
def test_wrong_numbers_are_exit_2(
    arguments: list[str], town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One message, no traceback."""
    rest = [str(tmp_path)] if arguments[0] == "check-rollout" else ["-o", str(tmp_path / "out"), "-q"]
    assert run([arguments[0], str(town), *arguments[1:], *rest]) == 2
    shown = capsys.readouterr().err
    assert shown.strip()
    assert "Traceback" not in shown


def test_names_are_masked_unless_asked_for(town: Path, tmp_path: Path) -> None:
    """A name stands in no file of the alternatives by default, and on the page with --show-names."""
    named = tmp_path / "named"
    named.mkdir()
    for file in town.iterdir():
        (named / file.name).write_bytes(file.read_bytes())
    table = rows(named / "teachers.csv")
    for row in table:
        row["姓名"] = "欧阳甲乙"
    with (named / "teachers.csv").open("w", encoding="utf-8", newline="") as out_file:
        writer = csv.DictWriter(out_file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    for options, shown in (([], False), (["--show-names"], True)):
        out = tmp_path / f"out{shown}"
        assert run(["rotate", str(named), "-o", str(out), "--alternatives", "1", *options, *FAST]) == 0
        assert ("欧阳甲乙" in (out / "alternatives.html").read_text(encoding="utf-8")) is shown
        assert "欧阳甲乙" not in (out / "differences.csv").read_text(encoding="utf-8-sig")
