"""Explanations worked out by hand, their sentences, and the command as typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from allocator import Limits, UsageError, explain_plan, plan_rotation
from allocator.cli.app import run
from allocator.domain.choices import Backbone, Gender, Role, SchoolKind, Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Move, Status
from allocator.domain.policy import Mode, Policy, RotationPolicy, RulesPolicy
from allocator.domain.records import DistrictInfo, Post, School, Teacher, Wish
from allocator.domain.run import StopSignal
from allocator.errors import InfeasibleError, LimitError
from allocator.explaining import Explainer, Named, sentences
from allocator.io.explained import document
from allocator.io.resources import instances_folder
from allocator.solving.core import core
from allocator.solving.model import LinearModel

LOOSE = Policy(id="loose", rules=RulesPolicy(R7=Mode.OFF))


def teacher(code: str, school: str, since: int, **changes: object) -> Teacher:
    """A mathematics teacher at a primary school, eligible if `since` is before 2021."""
    values = {
        "teacher_id": code,
        "name": f"{code}老师",
        "school_id": school,
        "stage": Stage.PRIMARY,
        "subject": Subject.MATH,
        "gender": Gender.F,
        "birth": Month.of(1985, 1),
        "since": Month.of(since, 9),
    }
    return Teacher.model_validate({**values, **changes})


def town(**changes: object) -> District:
    """A has four teachers for two posts, B one for two, C (30 km away) one for one; T1-T3 are alike."""
    place = {"kind": SchoolKind.PRIMARY, "lat": 39.0, "pupils_g1": 100}
    schools = (
        School(school_id="A", name="甲校", lon=117.0, **place),
        School(school_id="B", name="乙校", lon=117.01, **place),
        School(school_id="C", name="丙校", lon=117.35, **place),
    )
    teachers = (
        teacher("T0", "A", 2009, backbone=Backbone.COUNTY),
        *(teacher(f"T{i}", "A", 2010 + i) for i in (1, 2, 3)),
        teacher("T4", "B", 2015),
        teacher("T5", "C", 2022),
    )
    posts = [("A", 2), ("B", 2), ("C", 1)]
    rows = tuple(Post(school_id=s, stage=Stage.PRIMARY, subject=Subject.MATH, posts=n) for s, n in posts)
    district = District(info=DistrictInfo(year=2026), schools=schools, teachers=teachers, posts=rows)
    return district.model_copy(update=changes)


def explained(district: District, policy: Policy = LOOSE) -> Explainer:
    """The district's plan, open for questions."""
    decision = plan_rotation(district, policy, limits=Limits(gap=0.0))
    return explain_plan(district, decision.moves, policy, as_of=decision.run.as_of, limits=Limits(gap=0.0))


def test_an_alike_teacher_is_chosen_by_service_and_the_answer_says_so() -> None:
    """T1, here since 2011, is taken of three who are alike; if T1 stays, nothing is lost: T2 goes.

    Without the exchange inside the class the plan behind the answer would still move T1.
    """
    explainer = explained(town())
    why = explainer.why("T1")
    assert why.move is not None
    assert why.read_off.alike == ("T1", "T2", "T3")
    assert why.read_off.moved == ("T1",)
    assert why.read_off.by_service
    assert why.otherwise is not None
    assert why.otherwise.decisive is None
    assert why.otherwise.moves is not None
    assert [m.teacher_id for m in why.otherwise.moves] == ["T2"]
    text = "\n".join(sentences(why, explainer.district, "zh"))
    assert "共 3 人（含本人），需调出 1 人" in text
    assert "2011-09" in text
    assert "存在同样好的方案" in text
    assert "it is all one" not in "\n".join(sentences(why, explainer.district, "en"))


def test_a_plan_that_did_not_choose_by_service_is_told_so() -> None:
    """Moving T3, here since 2013, is as good, but not by the rule of service."""
    move = Move("T3", Stage.PRIMARY, Subject.MATH, "A", "B")
    explainer = explain_plan(town(), [move], LOOSE)
    assert not explainer.why("T3").read_off.by_service
    assert "it is all one who goes" in "\n".join(sentences(explainer.why("T3"), explainer.district, "en"))


def test_the_move_by_itself_and_planned_anew() -> None:
    """Cancelled alone, B lacks one of two teachers and R6 its one move: ceil(0.1 x 5) = 1 of 5 eligible."""
    why = explained(town()).why("T1")
    assert why.alone is not None
    assert why.alone.levels["staffing"] == (0, 1)
    assert {v.rule for v in why.alone.breaches} == {"R6"}
    keys = {s.key for s in why.reasons}
    assert {"need_rule", "need_post", "need_surplus"} <= keys


def test_if_all_of_a_kind_but_one_are_barred_the_level_decides() -> None:
    """With T2-T4 exempt and T0 the last backbone teacher, nobody else can move.

    Staying is impossible, since R6 demands a move and R10 keeps T0; without a minimum it costs B's post.
    """
    base = town()
    teachers = tuple(
        t.model_copy(update={"exempt": True}) if t.teacher_id in ("T2", "T3", "T4") else t
        for t in base.teachers
    )
    explainer = explained(base.model_copy(update={"teachers": teachers}))
    otherwise = explainer.why("T1").otherwise
    assert otherwise is not None
    assert otherwise.status is Status.INFEASIBLE
    relaxed = LOOSE.model_copy(update={"rotation": RotationPolicy(min_share=0.0, max_share=0.5)})
    free = explained(base.model_copy(update={"teachers": teachers}), relaxed).why("T1").otherwise
    assert free is not None
    assert free.decisive is not None
    assert (free.decisive.name, free.decisive.base, free.decisive.value) == ("staffing", 0, 1)
    assert free.decisive.proven


def test_static_reasons_carry_their_numbers() -> None:
    """30.2 km is over 20 km; T5 has been at C for 47 months, 3.9 years; A is where T1 teaches."""
    explainer = explained(town())
    far = explainer.why_not("T1", "C")
    assert [b.rule for b in far.barriers] == ["R8"]
    assert far.forced is None
    assert "30.2" in sentences(far, explainer.district, "zh")[1]
    assert "20 公里" in sentences(far, explainer.district, "zh")[1]
    young = explainer.why_not("T5", "B")
    assert [b.rule for b in young.barriers] == ["R2", "R8"]
    assert "3.9 years at the school (since 2022-09, 47 months); 6 are needed" in "\n".join(
        sentences(young, explainer.district, "en")
    )
    assert [b.key for b in explainer.why_not("T1", "A").barriers] == ["barrier_same_school"]
    standing = explainer.why("T5")
    assert standing.otherwise is None
    assert [s.key for s in standing.reasons] == ["barrier_tenure"]


def test_an_allowed_move_that_is_planned_says_so() -> None:
    """Forcing what the plan does changes no level."""
    explainer = explained(town())
    found = explainer.why_not("T1", "B")
    assert found.planned
    assert found.forced is not None
    assert found.forced.decisive is None
    assert "正是" in sentences(found, explainer.district, "zh")[0]


def test_a_principal_without_a_successor_cannot_move() -> None:
    """Only A's principal is eligible: R14 asks for one in return, and both solvers find none."""
    people = (
        teacher("P1", "A", 2005, role=Role.PRINCIPAL, terms=3),
        teacher("P2", "B", 2024, role=Role.PRINCIPAL, terms=0),
    )
    explainer = explained(town(teachers=(*town().teachers, *people)))
    found = explainer.why_not("P1", "B").forced
    assert found is not None
    assert found.status is Status.INFEASIBLE
    assert found.rule == "R14"
    assert "R14" in "\n".join(sentences(explainer.why_not("P1", "B"), explainer.district, "zh"))


def test_who_else_ranks_those_who_could_go() -> None:
    """T2 (or T3, alike) and T0 could teach at B; T0 as the last backbone teacher of A may not (R10)."""
    explainer = explained(town())
    found = explainer.who_else("T1")
    assert found.possible == 2
    first, second = found.replacements
    assert (first.teacher_id, first.alike) == ("T2", 2)
    assert first.exchange == pytest.approx({"staffing": 0, "balance": 0, "burden": 0})
    assert first.replanned.decisive is None
    assert second.teacher_id == "T0"
    assert second.exchange is None
    assert second.replanned.status is Status.INFEASIBLE
    assert second.replanned.rule == "R10"
    text = "\n".join(sentences(found, explainer.district, "en"))
    assert "(2 alike)" in text
    assert "No replacement can do better" in text
    with pytest.raises(UsageError, match="nobody to replace"):
        explainer.who_else("T5")


def test_a_replacement_comes_beside_those_alike_who_go_already() -> None:
    """T1 and T2 go to B; T3 for T1 means T2 and T3 go: twice 0.864 km and 5 km unwished, not once."""
    policy = Policy(
        id="wide", rules=RulesPolicy(R5=Mode.OFF, R7=Mode.OFF), rotation=RotationPolicy(max_share=1.0)
    )
    plan = [Move(t, Stage.PRIMARY, Subject.MATH, "A", "B") for t in ("T1", "T2")]
    explainer = explain_plan(town(), plan, policy, limits=Limits(gap=0.0))
    alike = next(r for r in explainer.who_else("T1").replacements if r.teacher_id == "T3")
    burden = alike.replanned.levels[-1]
    assert burden.name == "burden"
    assert burden.base == pytest.approx(5.864, abs=1e-3)
    assert burden.value == pytest.approx(2 * 5.864, abs=2e-3)
    assert alike.replanned.moves is not None
    assert [m.teacher_id for m in alike.replanned.moves] == ["T2", "T3"]


def test_a_replanned_plan_is_explained_by_its_changes_first() -> None:
    """Approved is T1 to B: if T1 stays, two decisions change, T1's and that of the one who goes instead."""
    plan = [Move("T1", Stage.PRIMARY, Subject.MATH, "A", "B")]
    why = explain_plan(town(), plan, LOOSE, approved=plan, limits=Limits(gap=0.0)).why("T1")
    assert why.otherwise is not None
    assert why.otherwise.decisive is not None
    assert (why.otherwise.decisive.name, why.otherwise.decisive.base, why.otherwise.decisive.value) == (
        "changes",
        0,
        2,
    )
    assert "变更安排 0 → 2" in "\n".join(sentences(why, town(), "zh"))


def test_a_lock_beside_the_table_is_a_reason() -> None:
    """T2 is locked to go to B: the answer names the lock, and staying is not planned."""
    plan = [Move("T2", Stage.PRIMARY, Subject.MATH, "A", "B")]
    why = explain_plan(town(), plan, LOOSE, locks=["T2=B"]).why("T2")
    assert why.reasons[0].key == "need_lock"
    assert why.otherwise is None


def test_nobody_with_wishes_is_forced_below_home_where_the_mechanism_forbids_it() -> None:
    """Under status quo, T1, who wishes for C only, may not be sent to B (R16)."""
    policy = Policy(id="status", rules=LOOSE.rules, rotation=RotationPolicy(mechanism="status_quo"))
    district = town(wishes=(Wish(teacher_id="T1", rank=1, school_id="C"),))
    found = explain_plan(district, [], policy).why_not("T1", "B")
    assert [b.rule for b in found.barriers] == ["R16"]


def test_a_school_gives_and_gets() -> None:
    """A gives T1 to B, and its head count falls from four to three for two posts."""
    explainer = explained(town())
    found = explainer.school("A")
    assert [m.teacher_id for m in found.gives] == ["T1"]
    assert found.gets == ()
    assert [(r.posts, r.before, r.after) for r in found.staffing] == [(2, 4, 3)]
    assert "A" not in {m.from_school_id for m in explainer.school("B").gives}
    assert "调出 T1（小学数学）往B" in "\n".join(sentences(found, explainer.district, "zh"))


def test_a_wish_a_lock_and_volunteering_are_reasons() -> None:
    """T3 wishes for B and volunteers: no longer alike, the level of burden takes T3, at 0.863 - 10 km."""
    base = town()
    teachers = tuple(
        t.model_copy(update={"volunteer": True}) if t.teacher_id == "T3" else t for t in base.teachers
    )
    wish = Wish(teacher_id="T3", rank=1, school_id="B")
    explainer = explained(base.model_copy(update={"teachers": teachers, "wishes": (wish,)}))
    why = explainer.why("T3")
    assert {"need_wish", "need_volunteer"} <= {s.key for s in why.reasons}
    assert why.otherwise is not None
    assert why.otherwise.decisive is not None
    assert why.otherwise.decisive.name == "burden"
    # Without T3 somebody goes unwished: 5 km more instead of 10 km less.
    assert why.otherwise.decisive.change == pytest.approx(15.0)


def test_prices_carry_the_setting_that_gives_them() -> None:
    """One step for each of R4-R8 that is in force (two for R6; R7 is off), each with its --set."""
    explainer = explained(town())
    prices = explainer.prices()
    assert [p.rule for p in prices] == ["R4", "R5", "R6", "R6", "R8"]
    after = {p.path: p.after for p in prices}
    assert after["rotation.max_km"] == 21
    assert after["rotation.max_outflow_share"] == 0.21
    assert after["rotation.min_share"] == 0.0
    for price in prices:
        for lang in ("zh", "en"):
            assert f"--set {price.path}=" in sentences(price, explainer.district, lang)[0]


def test_names_are_shown_only_where_asked_for() -> None:
    """Schools are named; teachers by code, by name only with show_names."""
    explainer = explained(town())
    masked, shown = (
        "\n".join(
            sentences(
                explainer.why("T1"),
                explainer.district,
                "zh",
                Named(explainer.district, "zh", show_names=show_names),
            )
        )
        for show_names in (False, True)
    )
    assert "乙校（B）" in masked
    assert "T1老师" not in masked
    assert "T1老师（T1）" in shown


def test_documents_are_plain() -> None:
    """Every explanation survives JSON, with its sentences."""
    explainer = explained(town())
    for found in (
        explainer.why("T1"),
        explainer.why_not("T5", "B"),
        explainer.who_else("T1"),
        explainer.school("A"),
    ):
        written = json.loads(json.dumps(document(found, explainer.district, "en"), allow_nan=False))
        assert written["sentences"]


def test_no_plan_and_no_time_are_said() -> None:
    """Without any legal plan, or without time, there is nothing to compare with, and the error says which."""
    strict = LOOSE.model_copy(update={"rotation": RotationPolicy(min_share=1.0, max_share=1.0)})
    with pytest.raises(InfeasibleError, match="nothing to compare"):
        explain_plan(town(), [], strict).why("T1")
    with pytest.raises(LimitError, match="not found within the limit"):
        explain_plan(town(), [], LOOSE, limits=Limits(time_s=0.0)).why("T1")


def test_unknown_codes_are_named() -> None:
    """A mistyped teacher or school is a usage error."""
    explainer = explain_plan(town(), [], LOOSE)
    with pytest.raises(UsageError, match="X9"):
        explainer.why("X9")
    with pytest.raises(UsageError, match="X9"):
        explainer.why_not("T1", "X9")


def test_the_core_of_an_infeasible_model_is_short() -> None:
    """x >= 2 and x <= 1 contradict each other; y <= 5 has nothing to do with it."""
    model = LinearModel()
    columns = model.add_columns(0.0, np.full(2, 10.0), integer=True)
    model.add_row(2.0, np.inf, columns[:1], 1.0)
    model.add_row(-np.inf, 5.0, columns[1:], 1.0)
    assert core(model, Limits(), StopSignal()) is model
    model.add_row(-np.inf, 1.0, columns[:1], 1.0)
    short = core(model, Limits(), StopSignal())
    assert short.rows == 2
    assert sorted(short.row_upper.tolist()) == [1.0, float("inf")]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A toy and its plan, made under its own policy."""
    folder = instances_folder() / "toy" / "fill-one-vacancy"
    out = tmp_path_factory.mktemp("plan")
    assert run(["rotate", str(folder), "-o", str(out), "-q", "--policy", str(folder / "policy.yaml")]) == 0
    return str(folder), str(out)


def test_the_command_uses_the_recorded_policy(
    planned: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every question as typed, in both languages; the policy is the one that result.json records."""
    district, plan = planned
    moved = json.loads((Path(plan) / "result.json").read_text(encoding="utf-8"))["moves"][0]
    capsys.readouterr()
    who, to = moved["teacher_id"], moved["to_school_id"]
    for question, kind in (
        (["--teacher", who], "why"),
        (["--teacher", who, "--school", to], "why_not"),
        (["--school", to], "school"),
        (["--prices"], "prices"),
    ):
        for lang in ("zh", "en"):
            assert run(["explain", district, plan, *question, "--lang", lang, "-q"]) == 0
            assert capsys.readouterr().out.strip()
        assert run(["explain", district, plan, *question, "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["plan_breaches"] == 0
        assert answer[kind][0]["sentences"]


@pytest.mark.parametrize("options", [[], ["--prices", "--teacher", "T1"], ["--teacher", "nobody"]])
def test_wrong_questions_are_exit_2(options: list[str], planned: tuple[str, str]) -> None:
    """No question, two at once, or one about nobody."""
    assert run(["explain", *planned, *options]) == 2
