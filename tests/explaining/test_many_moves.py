"""Explaining all moves of a plan within a time budget."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator import Limits, StopSignal, explain_moves, explain_plan, plan_rotation
from allocator.cli.app import run
from allocator.domain.plan import Status
from allocator.generation import generate
from allocator.io.resources import instances_folder
from allocator.io.results import result_document

TOY = instances_folder() / "toy" / "wish-decides"


@pytest.mark.parametrize(("schools", "seed"), [(6, 2), (7, 4)])
def test_every_answer_is_the_one_that_a_single_question_gets(schools: int, seed: int) -> None:
    """The level that decides, and by how much, are the same as without stopping there or sharing answers."""
    decision = plan_rotation(generate(schools, seed))
    many = explain_moves(decision, 60.0).explanations
    assert many is not None
    assert {why.teacher_id for why in many.whys} == {m.teacher_id for m in decision.moves}
    explainer = explain_plan(
        decision.district, decision.moves, decision.policy, as_of=decision.run.as_of, limits=Limits()
    )
    for why in many.whys:
        alone = explainer.why(why.teacher_id)
        assert (why.otherwise is None) == (alone.otherwise is None)
        if why.otherwise is None or alone.otherwise is None:
            continue
        assert why.otherwise.status is alone.otherwise.status
        assert why.otherwise.rule == alone.otherwise.rule
        pairs = list(zip(why.otherwise.levels, alone.otherwise.levels, strict=False))
        for brief, whole in pairs:
            assert brief.value == pytest.approx(whole.value, abs=1e-5)
        one, other = why.otherwise.decisive, alone.otherwise.decisive
        assert (one and one.name) == (other and other.name)


def test_no_time_explains_nobody_and_says_so() -> None:
    """A count of all moves as explained would be a lie."""
    decision = explain_moves(plan_rotation(generate(6, 2)), 0.0)
    assert decision.explanations is not None
    assert decision.explanations.whys == ()
    document = result_document(decision)["explanations"]
    assert (document["explained"], document["moved"]) == (0, len(decision.moves))


def test_a_run_that_was_stopped_is_not_explained() -> None:
    """A request to stop reaches the explanations, whose time is their own."""
    stop = StopSignal(Limits(time_s=60.0))
    decision = plan_rotation(generate(6, 2), stop=stop)
    stop.request()
    found = explain_moves(decision, 60.0, stop=stop.further(60.0)).explanations
    assert found is not None
    assert found.whys == ()


def test_the_command_writes_the_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the option the document has no explanations."""
    plain = ["rotate", str(TOY), "--policy", str(TOY / "policy.yaml"), "-q", "-o"]
    assert run([*plain, str(tmp_path / "a"), "--explain", "20"]) == 0
    assert "若留任会怎样" in capsys.readouterr().out
    document = json.loads((tmp_path / "a" / "result.json").read_text(encoding="utf-8"))
    found = document["explanations"]
    assert found["explained"] == found["moved"] == len(document["moves"])
    assert all(why["sentences"] for why in found["whys"])
    assert all(why["otherwise"] is None or why["otherwise"]["moves"] is None for why in found["whys"])
    assert run([*plain, str(tmp_path / "b")]) == 0
    assert "explanations" not in json.loads((tmp_path / "b" / "result.json").read_text(encoding="utf-8"))


def test_a_repaired_plan_is_explained_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its first level is the price of breaches, which the sentences must know."""
    toy = instances_folder() / "toy" / "quota-too-high"
    asked = ["rotate", str(toy), "--policy", str(toy / "policy.yaml"), "-q", "--repair", "--explain", "20"]
    assert run([*asked, "-o", str(tmp_path), "--lang", "en"]) == 0, capsys.readouterr().err
    found = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["explanations"]
    assert found["explained"] == found["moved"] > 0
    statuses = {why["otherwise"]["status"] for why in found["whys"] if why["otherwise"]}
    assert statuses <= {Status.OPTIMAL.value, Status.INFEASIBLE.value}
