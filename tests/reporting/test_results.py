"""`result.json` and the CSV files: complete, exact, safe to open, and readable again."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.domain.plan import Decision, Moves
from allocator.domain.policy import RULES, Policy
from allocator.errors import UsageError
from allocator.io.plans import read_plan
from allocator.io.results import guarded, result_document, unguarded, write_results


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_files_are_written_and_nothing_else(decision: Decision, tmp_path: Path) -> None:
    """A file left beside (`.result.json.123.part`) would make five."""
    written = write_results(decision, tmp_path / "out", lang="zh")
    names = ["indicators.csv", "moves.csv", "result.json", "staffing.csv"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == names
    assert sorted(p.name for p in written) == names


def test_run_says_everything_needed_to_repeat_it(decision: Decision) -> None:
    run = result_document(decision, "en")["run"]
    assert (run["policy"]["id"], run["policy"]["sha256"]) == ("test", decision.policy.sha256)
    assert Policy.model_validate(run["policy"]["values"]).sha256 == decision.policy.sha256
    assert (run["format"], run["seed"], run["as_of"], run["status"]) == (1, 7, "2026-08", "optimal")
    assert run["checked"] is True
    assert run["violations"] == []
    staffing, balance, burden = run["levels"]
    assert (staffing["name"], staffing["before"], staffing["value"], staffing["gap"]) == ("staffing", 5, 2, 0)
    assert balance["gap"] == pytest.approx(abs(balance["value"] - 0.98) / balance["value"])
    assert (burden["bound"], burden["gap"]) == (None, None)


def test_rules_one_by_one(broken: Decision) -> None:
    """R6: 10 % to 15 % of 12 eligible is 2 to 2, four move; a swapped verdict would say met."""
    document = result_document(broken, "zh")
    by_rule = {rule["rule"]: rule for rule in document["rules"]}
    assert list(by_rule) == list(RULES)
    assert by_rule["R6"]["verdict"] == "broken"
    assert by_rule["R6"]["required"]["high"] == 2
    assert by_rule["R6"]["achieved"]["moved"] == 4
    assert by_rule["R9"]["verdict"] == "off"
    assert document["run"]["checked"] is False
    breach = next(v for v in document["run"]["violations"] if v["rule"] == "R6")
    assert breach["amount"] == 2
    assert "人" in breach["text"]


def test_unknown_is_null_and_never_nan(decision: Decision, tmp_path: Path) -> None:
    """The distance of d1 is unknown, a bound is missing, I4 has no data; `NaN` would be no JSON at all."""
    spoilt = replace(decision, levels=(replace(decision.levels[0], bound=float("inf")),))
    path = write_results(spoilt, tmp_path, lang="zh")[0]

    def refuse(name: str) -> float:
        raise AssertionError(name)

    document = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert document["moves"][0]["distance_km"] is None
    assert document["run"]["levels"][0]["bound"] is None
    assert next(r for r in document["indicators"] if r["indicator"] == "I4")["before"] is None


def test_csv_opens_in_excel_as_chinese_and_has_the_columns_of_the_format(
    decision: Decision, tmp_path: Path
) -> None:
    write_results(decision, tmp_path, lang="zh")
    raw = (tmp_path / "moves.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    head = raw.decode("utf-8-sig").splitlines()[0]
    assert head == "teacher_id,stage,subject,from_school_id,to_school_id,distance_km,minutes,reason,year"
    head = (tmp_path / "indicators.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert head == "stage,school_id,indicator,before,after,threshold,met_before,met_after"


def test_county_rows_have_no_school_and_carry_the_cv(decision: Decision, tmp_path: Path) -> None:
    """I3, primary: music teachers 3, 0, 0, 0 before; 2, 1, 0, 0 after (pupils 200, 100, 150, 50).

    CV^2 = P sum(N^2/P_i) / N^2 - 1: before 500 (9/200) / 9 - 1 = 1.5, after 500 (4/200 + 1/100) / 9 - 1 = 2/3.
    Unweighted, the CV before would be 1.73.
    """
    write_results(decision, tmp_path, lang="zh")
    county = [r for r in _rows(tmp_path / "indicators.csv") if not r["school_id"]]
    row = next(r for r in county if (r["stage"], r["indicator"]) == ("primary", "I3"))
    assert float(row["before"]) == pytest.approx(1.5**0.5, abs=1e-8)
    assert float(row["after"]) == pytest.approx((2 / 3) ** 0.5, abs=1e-8)
    assert (row["threshold"], row["met_before"], row["met_after"]) == ("0.5", "no", "no")


def test_staffing_before_and_after(decision: Decision, tmp_path: Path) -> None:
    """B has 3 posts in mathematics and one teacher; two arrive."""
    write_results(decision, tmp_path, lang="zh")
    row = next(r for r in _rows(tmp_path / "staffing.csv") if (r["school_id"], r["subject"]) == ("B", "math"))
    assert (row["posts"], row["before"], row["after"]) == ("3", "1", "3")
    assert (row["unfilled_before"], row["unfilled_after"]) == ("2", "0")


@pytest.mark.parametrize("file", ["", "moves.csv", "result.json"])
def test_our_plans_can_be_read_again(decision: Decision, tmp_path: Path, file: str) -> None:
    write_results(decision, tmp_path, lang="zh")
    assert read_plan(tmp_path / file, decision.district) == decision.moves


def test_a_code_that_is_a_formula_is_not_run_and_comes_back(
    decision: Decision, with_tables: Callable[..., Decision], tmp_path: Path
) -> None:
    """Written plainly, a spreadsheet runs `=HYPERLINK(...)`; with the guard kept, the teacher is unknown."""
    evil = '=HYPERLINK("x")'
    d1, m1, *rest = decision.moves
    moves = Moves((replace(m1, teacher_id=evil), d1, *rest))
    teachers = tuple(
        t.model_copy(update={"teacher_id": evil}) if t.teacher_id == "m1" else t
        for t in decision.district.teachers
    )
    renamed = with_tables(moves, teachers=teachers, wishes=())
    write_results(renamed, tmp_path, lang="zh")
    cells = [cell for row in _rows(tmp_path / "moves.csv") for cell in row.values()]
    assert "'" + evil in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    assert read_plan(tmp_path / "moves.csv", renamed.district) == renamed.moves


@given(st.text())
def test_guard_is_reversible_and_leaves_no_formula(code: str) -> None:
    """For any code, `'x` and `=x` included; a guard that only adds would lose `'=x`."""
    cell = guarded(code)
    assert unguarded(cell) == code
    assert not cell.startswith(("=", "@"))


@pytest.mark.parametrize("code", ["-5", "+12", "-0.5", "S001", "007", "O'Neil"])
def test_plain_codes_and_numbers_stay_as_they_are(code: str) -> None:
    assert guarded(code) == code


@pytest.mark.parametrize("code", ["-5+cmd|x", "+1+1", "@SUM(1)", "=1", "\t=1", "＝1", "'x"])
def test_formulas_are_guarded(code: str) -> None:
    assert guarded(code) == "'" + code


def test_names_are_written_only_when_asked_for(decision: Decision, tmp_path: Path) -> None:
    write_results(decision, tmp_path, lang="zh")
    everything = "".join(p.read_text(encoding="utf-8-sig") for p in tmp_path.iterdir())
    assert "张m" not in everything
    shown = result_document(decision, "zh", show_names=True)["moves"]
    assert shown[1]["name"] == "张m1"


def test_a_run_without_a_plan(infeasible: Decision, tmp_path: Path) -> None:
    path = write_results(infeasible, tmp_path, lang="en")[0]
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["run"]["checked"] is None
    assert (document["moves"], document["rules"]) == ([], [])
    assert _rows(tmp_path / "moves.csv") == []


def test_a_folder_that_cannot_be_written_is_the_users_matter(decision: Decision, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError):
        write_results(decision, tmp_path / "file", lang="zh")
