"""`allocator rotate` where the rules cannot all hold, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from allocator.cli.app import run
from allocator.io.resources import instances_folder

TOY = instances_folder() / "toy" / "quota-too-high"
PROFILE = ["--policy", str(TOY / "policy.yaml")]


def rotate(out: Path, *options: str) -> int:
    """Run `allocator rotate` on the toy."""
    return run(["rotate", str(TOY), "-o", str(out), "-q", *PROFILE, *options])


def result(out: Path) -> dict[str, object]:
    """The result document."""
    document: dict[str, object] = json.loads((out / "result.json").read_text(encoding="utf-8"))
    return document


def test_a_conflict_is_exit_3_and_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rules, what each requires, how far it must give way, where, and what to do next."""
    assert rotate(tmp_path, "--lang", "en") == 3
    shown = capsys.readouterr()
    assert "These 2 rules cannot hold together" in shown.out
    assert "R5 Outflow" in shown.out
    assert "R6 Moved teachers" in shown.out
    assert "A primary loses 2 of 4 teachers, 1 more than the limit 1" in shown.out
    assert "must give way by at least: 1 teacher(s)" in shown.out
    assert "--repair" in shown.err
    conflict = result(tmp_path)["conflict"]
    assert isinstance(conflict, dict)
    assert conflict["rules"] == ["R5", "R6"]
    assert conflict["smallest"] is True
    assert [m["gives_way"] for m in conflict["members"]] == [{"teachers": 1}, {"teachers": 1}]
    assert sum(row["possible"] for row in conflict["capacity"]) == 1


def test_the_report_shows_the_conflict(tmp_path: Path) -> None:
    """A section of the page and two sheets of the workbook, in the reader's language."""
    assert rotate(tmp_path) == 3
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "规则冲突" in page
    assert "交流 1 人，少于下限 2 人，缺 1 人" in page
    book = load_workbook(tmp_path / "plan.xlsx")
    assert [row[0].value for row in book["规则冲突"].iter_rows(min_row=2)] == ["R5", "R6"]
    counts = [row[5].value for row in book["可交流人数"].iter_rows(min_row=2)]
    assert sum(int(n) for n in counts if isinstance(n, (int, float))) == 1


def test_a_repair_is_exit_0_with_every_breach(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One leaver beyond the limit at 10, the cheapest; the check of what was written agrees."""
    assert rotate(tmp_path, "--repair", "--lang", "en") == 0
    shown = capsys.readouterr().out
    assert "they give way in 1 place(s), at a total price of 10" in shown
    assert "(price 10)" in shown
    document = result(tmp_path)
    info = document["run"]
    assert isinstance(info, dict)
    assert info["status"] == "optimal"
    assert info["checked"] is True
    assert [(v["rule"], v["amount"], v["price"]) for v in info["violations"]] == [("R5", 1, 10.0)]
    assert info["levels"][0]["name"] == "breaches"
    assert info["levels"][0]["bound"] == 10.0
    assert info["policy"]["values"]["rules"]["R5"] == "elastic"
    assert info["policy"]["values"]["rules"]["R2"] == "hard"
    assert run(["check", str(TOY), str(tmp_path), "--lang", "en"]) == 0
    assert "at a total price of 10" in capsys.readouterr().out.replace("\n", " ")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "elastic rules are broken in 1 place(s), at a total price of 10 (proven least)" in page


def test_prices_are_set_on_the_command_line(tmp_path: Path) -> None:
    """With outflow dearer than the quota the quota gives way: one move instead of two, price 100."""
    assert rotate(tmp_path, "--repair", "--set", "elastic.R5=500") == 0
    info = result(tmp_path)["run"]
    assert isinstance(info, dict)
    assert [(v["rule"], v["price"]) for v in info["violations"]] == [("R6", 100.0)]


def test_no_repair_where_the_untouchable_conflict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both rules untouchable: exit 3, and the message says why there is no repair."""
    option = "elastic.untouchable=[R1, R2, R5, R6]"
    assert rotate(tmp_path, "--repair", "--lang", "en", "--set", option) == 3
    assert "untouchable rules conflict" in capsys.readouterr().err


def test_a_repair_that_is_not_needed_changes_nothing(tmp_path: Path) -> None:
    """Where a plan exists, --repair gives the same plan, and no rule is elastic."""
    folder = instances_folder() / "toy" / "fill-one-vacancy"
    command = ["rotate", str(folder), "-q", "--policy", str(folder / "policy.yaml")]
    assert run([*command, "-o", str(tmp_path / "plain")]) == 0
    assert run([*command, "-o", str(tmp_path / "repair"), "--repair"]) == 0
    plain, repaired = result(tmp_path / "plain"), result(tmp_path / "repair")
    assert plain["moves"] == repaired["moves"]
    assert repaired["conflict"] is None
    assert repaired["rules"] == plain["rules"]


def test_an_elastic_rule_of_the_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--set rules.R5=elastic: a plan at once, exit 0, the breach listed; an unknown mode is refused."""
    assert rotate(tmp_path, "--set", "rules.R5=elastic", "--lang", "en") == 0
    assert "1 more than the limit 1 (price 10)" in capsys.readouterr().out
    assert result(tmp_path)["conflict"] is None
    assert rotate(tmp_path, "--set", "rules.R5=soft", "--lang", "en") == 2
    assert rotate(tmp_path, "--set", "elastic.R5=-1", "--lang", "en") == 2
    assert rotate(tmp_path, "--set", "rules.R1=elastic", "--lang", "en") == 2
