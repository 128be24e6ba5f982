"""What a careless or hostile user does with several plans: a folder twice, half a roll-out, a wrong command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from allocator import engine
from allocator.campaign import rollout, trade_off
from allocator.cli.app import run
from allocator.domain.plan import Decision
from allocator.domain.policy import Mode
from allocator.domain.run import Limits, StopSignal
from allocator.domain.several import RolloutTerms
from allocator.errors import UsageError
from allocator.generation import generate
from allocator.io import read
from allocator.io.policies import load_policy
from allocator.io.resources import instances_folder

TOY = instances_folder() / "toy" / "pupils-weigh"
AXES = ("moves", "balance", "km")


@pytest.fixture(scope="module")
def rolled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A roll-out of the toy over three years."""
    out = tmp_path_factory.mktemp("rolled") / "out"
    assert run(["rollout", str(TOY), "--policy", str(TOY / "policy.yaml"), "-o", str(out), "-q"]) == 0
    return out


@pytest.mark.parametrize(("points", "whole"), [(3, False), (4, True), (8, True), (50, True)])
def test_three_axes_are_searched_to_the_end(points: int, whole: bool) -> None:
    """The toy's front has three points; with points to spare the search must go on until that is proven.

    It used to stop after one round with fewer points than asked for, and say that there were more.
    """
    found = trade_off(read(TOY).district, load_policy(TOY / "policy.yaml"), axes=AXES, points=points)
    assert len(found.points) == 3
    assert found.complete is whole
    assert found.end == ("none" if whole else "enough")


def test_three_axes_give_as_many_points_as_asked_for() -> None:
    """Where the front has them: five of a town, not what the first round happens to find."""
    found = trade_off(generate(6, 4), axes=AXES, points=5)
    assert len(found.points) == 5


def test_a_folder_used_again_holds_no_plan_of_the_earlier_result(tmp_path: Path) -> None:
    """Points 4 and 5 of the first front are not of the second; files that are not ours stay."""
    command = ["tradeoff", str(TOY), "--policy", str(TOY / "policy.yaml"), "-o", str(tmp_path), "-q"]
    for number in (4, 5):
        (tmp_path / f"point-{number}").mkdir()
        (tmp_path / f"point-{number}" / "result.json").write_text("{}", encoding="utf-8")
    (tmp_path / "point-5" / "note.txt").write_text("mine", encoding="utf-8")
    assert run([*command, "--axes", "balance,km"]) == 0
    assert {p.name for p in tmp_path.glob("point-*")} == {"point-1", "point-2", "point-3", "point-5"}
    assert [p.name for p in (tmp_path / "point-5").iterdir()] == ["note.txt"]


def test_check_refuses_moves_of_several_years(rolled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Judged as one year they break rules that no year breaks."""
    assert run(["check", str(TOY), str(rolled), "--lang", "en"]) == 2
    assert "check-rollout" in capsys.readouterr().err


def test_half_a_roll_out_does_not_pass(
    rolled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two years of three, target 0: each year obeys the rules, and the third is missing."""
    document = json.loads((rolled / "rollout.json").read_text(encoding="utf-8"))
    document["run"]["terms"]["target_share"] = 0.0
    document["run"]["max_share"].pop()
    (tmp_path / "rollout.json").write_text(json.dumps(document), encoding="utf-8")
    lines = (rolled / "moves.csv").read_text(encoding="utf-8-sig").splitlines()
    kept = [line for line in lines if not line.endswith("2028")]
    (tmp_path / "moves.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert run(["check-rollout", str(TOY), str(tmp_path), "--lang", "en"]) == 3
    assert "3 years were asked for, and only 2 are planned" in capsys.readouterr().out


def test_more_years_than_terms_are_a_broken_document(rolled: Path, tmp_path: Path) -> None:
    document = json.loads((rolled / "rollout.json").read_text(encoding="utf-8"))
    document["run"]["max_share"] *= 2
    (tmp_path / "rollout.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "moves.csv").write_bytes((rolled / "moves.csv").read_bytes())
    assert run(["check-rollout", str(TOY), str(tmp_path)]) == 2


def test_returns_need_locks_to_hold() -> None:
    """That a teacher whose term has ended goes home or stays is kept by locks of R11."""
    policy = load_policy("national-2017")
    off = policy.model_copy(update={"rules": policy.rules.model_copy(update={"R11": Mode.OFF})})
    with pytest.raises(UsageError, match="R11"):
        rollout(generate(4, 1), off, terms=RolloutTerms(years=2, returns=True))


def test_a_year_whose_share_of_the_time_is_too_short_gets_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first planning is cut short; giving up would end the roll-out with most of its time unspent."""
    real, given = engine.rotate, list[float]()

    def rotate(*arguments: Any, stop: StopSignal, **options: Any) -> Decision:
        given.append(stop.remaining)
        return real(*arguments, stop=StopSignal(Limits(time_s=0.0)) if len(given) == 1 else stop, **options)

    monkeypatch.setattr(engine, "rotate", rotate)
    result = rollout(generate(4, 1), terms=RolloutTerms(years=2), limits=Limits(time_s=300.0))
    assert result.report is not None
    assert len(given) == 3
    assert given[1] > 1.5 * given[0]
