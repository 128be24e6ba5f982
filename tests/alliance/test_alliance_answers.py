"""Why this partner, why not that one: against plans formed with the link that says the same; and as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.alliances import AllianceDecision, form_alliances
from allocator.cli.app import run
from allocator.domain.alliance_explained import Couple
from allocator.domain.choices import AllianceForm, LinkKind
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.errors import UsageError
from allocator.io.policies import load_policy
from allocator.io.writing import write_district
from allocator.partners import explain_alliance
from allocator.partners.wording import sentences
from allocator.text import LANGS
from tests.alliance.alliance_cases import district, existing, link, school
from tests.alliance.networks import small_network

POLICY = load_policy("national-2017")


def town() -> District:
    """S1 and S2 are strong and rich, S3 to S5 lower; S5 lies 40 km away.

    Equipment over 2000: surplus of S1 0.5, of S2 0.2; deficit of S3 0.5, of S4 0.25. Best: S1-S3, S2-S4: 0.7.
    """
    return district(
        [
            school("S1", quality=90, equipment=3000, name="一小"),
            school("S2", quality=80, equipment=2400, km=1, name="二小"),
            school("S3", quality=40, equipment=1000, km=2, name="三小"),
            school("S4", quality=30, equipment=1500, km=3, name="四小"),
            school("S5", quality=20, equipment=1500, km=43, name="五小"),
        ]
    )


def couple(decision: AllianceDecision, one: str, other: str) -> Couple:
    """The answer about two schools."""
    assert decision.plan is not None
    (found,) = explain_alliance(
        decision.district, decision.plan, one, other, decision.policy, request=decision.request
    ).couples
    return found


def test_why_this_partner_by_hand() -> None:
    """Without S1-S3 the best is S1-S4 and S2-S3: 0.25 + 0.2 = 0.45, so 0.25 less."""
    found = couple(form_alliances(town()), "S1", "S3")
    assert [(t.lead, t.member, t.worth.benefit) for t in found.ties] == [("S1", "S3", 0.5)]
    assert found.resolved is not None
    change = {c.name: round(c.change, 6) for c in found.resolved.changes}
    assert change == {"coverage": 0.0, "benefit": -0.25, "distance": 0.0}
    assert all(c.proven for c in found.resolved.changes)
    assert found.resolved.partners == {"S1": ("S4",), "S3": ("S2",)}


def test_why_not_that_one_names_the_rule_or_the_cost() -> None:
    decision = form_alliances(town())
    far, alike, other = (couple(decision, *pair) for pair in (("S1", "S5"), ("S1", "S2"), ("S4", "S1")))
    assert (far.barred, far.resolved) == (("A4",), None)
    assert (alike.barred, alike.resolved) == (("A3",), None)
    assert (other.barred, other.ties) == ((), ())
    assert other.resolved is not None
    assert other.resolved.condition == "joined"
    assert {c.name: round(c.change, 6) for c in other.resolved.changes}["benefit"] == -0.25
    assert other.resolved.partners == {"S2": ("S3",), "S3": ("S2",)}


def test_a_link_is_an_answer_and_a_school_outside_has_its_reason() -> None:
    tied = town().model_copy(update={"links": (link("S1", "S4", LinkKind.TOGETHER),)})
    found = couple(form_alliances(tied), "S1", "S4")
    assert (found.bound, found.resolved) == (True, None)
    decision = form_alliances(town())
    assert decision.plan is not None
    answer = explain_alliance(town(), decision.plan, "S5")
    assert answer.outside is not None
    assert answer.outside.reason == "A4"
    assert "五小" in sentences(answer, town(), POLICY, "zh")[0]


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("form", ["pair", "hub"])
def test_answers_equal_plans_formed_with_the_link(seed: int, form: str) -> None:
    """Parted is what a link `apart` gives, joined what a link `together` gives, level by level."""
    case = small_network(seed, links=False)
    decision = form_alliances(case, form=form)  # type: ignore[arg-type]  # a form by its name
    assert decision.plan is not None
    codes = [s.school_id for s in case.schools]
    one, other = codes[seed % len(codes)], codes[(seed * 3 + 1) % len(codes)]
    if one == other:
        other = codes[(codes.index(one) + 1) % len(codes)]
    found = couple(decision, one, other)
    if found.resolved is None:
        assert found.barred or found.fellows
        return
    kind = LinkKind.APART if found.resolved.condition == "parted" else LinkKind.TOGETHER
    linked = form_alliances(case.model_copy(update={"links": (link(one, other, kind),)}), form=form)  # type: ignore[arg-type]  # as above
    if linked.status is Status.INFEASIBLE:
        assert found.resolved.end == "impossible"
        return
    if form == "hub" and kind is LinkKind.TOGETHER:
        # Two members of one hub are together as well: the link asks for less.
        assert found.resolved.changes[0].value <= linked.levels[0].final
        return
    if form == "hub":
        # A link also parts fellow members.
        assert found.resolved.changes[0].value >= linked.levels[0].final
        return
    assert [(c.name, round(c.value, 5)) for c in found.resolved.changes] == [
        (level.name, round(level.final, 5)) for level in linked.levels
    ]


def test_taking_a_school_in_by_hand() -> None:
    """Two strong schools, three lower ones: S5 (2 km on, 0.05 of deficit) stays outside.

    Taken in, S2 goes to it: 0.5 + 0.05 for 0.5 + 0.2, and S4 is left out.
    """
    near = school("S5", quality=20, equipment=1900, km=5, name="五小")
    case = town().model_copy(update={"schools": (*town().schools[:4], near)})
    decision = form_alliances(case)
    assert decision.plan is not None
    answer = explain_alliance(case, decision.plan, "S5", request=decision.request)
    assert answer.outside is not None
    assert answer.outside.reason == "taken"
    assert answer.resolved is not None
    assert {c.name: round(c.change, 6) for c in answer.resolved.changes} == {
        "coverage": 0,
        "benefit": -0.15,
        "distance": 2.0,
    }
    assert (answer.resolved.partners, answer.resolved.displaced) == ({"S5": ("S2",)}, ("S4",))
    said = sentences(answer, case, POLICY, "zh")
    assert any("四小" in line for line in said)


@pytest.mark.parametrize("form", ["pair", "group", "hub", "chain"])
def test_taking_a_school_in_costs_what_its_best_partner_costs(form: str) -> None:
    """Of all schools it could join, the best plan with that one: level by level."""
    seen = 0
    for seed in range(10, 22):
        case = small_network(seed, links=False)
        decision = form_alliances(case, form=form)  # type: ignore[arg-type]  # a form by its name
        assert decision.plan is not None
        for row in decision.outside[:1]:
            answer = explain_alliance(case, decision.plan, row.school_id, request=decision.request)
            others = [s.school_id for s in case.schools if s.school_id != row.school_id]
            couples = [couple(decision, row.school_id, other).resolved for other in others]
            ways = [r for r in couples if r is not None and r.end == "found"]
            if answer.resolved is None or answer.resolved.end == "impossible":
                assert not ways
                continue
            seen += 1
            signs = {"coverage": -1, "benefit": -1}
            values = [[signs.get(c.name, 1) * round(c.value, 5) for c in way.changes] for way in ways]
            mine = [signs.get(c.name, 1) * round(c.value, 5) for c in answer.resolved.changes]
            assert mine == min(values), (form, seed)
    assert seen >= (form != "hub")


def test_questions_that_make_no_sense() -> None:
    decision = form_alliances(town())
    assert decision.plan is not None
    for arguments in (("S1", "S1"), ("S1", "S9"), ("S9",)):
        with pytest.raises(UsageError):
            explain_alliance(town(), decision.plan, *arguments)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The town as tables, and a plan for it."""
    tables, out = tmp_path_factory.mktemp("town"), tmp_path_factory.mktemp("plan")
    write_district(town(), tables)
    assert run(["ally", str(tables), "-o", str(out), "-q"]) == 0
    return tables, out


@pytest.mark.parametrize("lang", LANGS)
def test_explain_as_typed(folders: tuple[Path, Path], lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    tables, out = map(str, folders)
    capsys.readouterr()
    assert run(["explain", tables, out, "--school", "S1", "--with", "S5", "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert "43.000" in said
    assert ("公里" in said) == (lang == "zh")
    assert run(["explain", tables, out, "--school", "S1", "--lang", lang, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (answer,) = document["couples"]
    assert (answer["other"], answer["together"], answer["worth"]["benefit"]) == ("S3", True, 0.5)
    assert document["sentences"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--teacher", "T1"],
        ["--school", "S1", "--prices"],
        ["--school", "S1", "--with", "S1"],
        ["--school", "X"],
    ],
)
def test_explain_refuses_with_a_sentence(
    folders: tuple[Path, Path], arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", *map(str, folders), *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_check_passes_what_ally_wrote_and_finds_what_was_changed(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S2 taken for S3's lead in the table alone: S1-S4 stays away and A7 and the claims notice."""
    tables, out = folders
    assert run(["check", str(tables), str(out), "--lang", "en"]) == 0
    assert run(["check", str(tables), str(out / "result.json"), "--lang", "en"]) == 0
    assert run(["check", str(tables), str(out / "memberships.csv"), "--lang", "en"]) == 0
    changed = tmp_path / "plan"
    changed.mkdir()
    (changed / "result.json").write_bytes((out / "result.json").read_bytes())
    table = (out / "memberships.csv").read_text(encoding="utf-8-sig")
    (changed / "memberships.csv").write_text(table.replace("S3", "S5"), encoding="utf-8")
    capsys.readouterr()
    assert run(["check", str(tables), str(changed), "--json"]) == 3
    document = json.loads(capsys.readouterr().out.split("\n}\n")[0] + "\n}")
    broken = {rule["rule"] for rule in document["rules"] if rule["verdict"] == "broken"}
    assert "A4" in broken
    assert document["claims"]
    assert "moved" not in document


def test_check_refuses_what_it_cannot_read(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables, out = folders
    rows = (out / "memberships.csv").read_text(encoding="utf-8-sig")
    cases = {
        "unknown.csv": rows.replace("S3", "S99"),
        "forms.csv": rows.replace("pair", "chain", 1),
        "empty.csv": "alliance_id,form,school_id,role,since\n",
    }
    for name, text in cases.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "memberships.csv").write_text(text, encoding="utf-8")
        assert run(["check", str(tables), str(folder)]) == 2, name
    assert run(["check", str(tables), str(out), "--as-of", "2026-08"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_renewal_is_judged_and_explained_with_the_alliances_before(tmp_path: Path) -> None:
    """Of four schools in pairs floor(0.3 x 4) = 1 may change, so nobody can: parting a pair is impossible."""
    before = town().model_copy(
        update={"memberships": existing(AllianceForm.PAIR, {"P1": ("S1", "S4"), "P2": ("S2", "S3")})}
    )
    strict = load_policy("national-2017", ["rules.A8=hard"])
    decision = form_alliances(before, strict)
    found = couple(decision, "S1", "S4")
    assert found.ties
    assert found.resolved is not None
    assert found.resolved.end == "impossible"
    decision.write(tmp_path)
    assert (tmp_path / "report.html").is_file()
