"""What is said of a plan: no more than is known, and in words that fit its form."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.alliances import alliance_network, form_alliances
from allocator.cli.app import run
from allocator.domain.alliance_records import Town
from allocator.domain.alliance_words import losses_text
from allocator.domain.choices import SchoolKind
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.domain.run import Limits
from allocator.io.writing import write_district
from tests.alliance.alliance_cases import district, school


def many() -> District:
    """Nine primary schools on a line; four are strong."""
    return district([school(f"S{i:02d}", quality=float(i), km=float(i)) for i in range(9)])


def test_that_joining_adds_nothing_is_said_of_the_best_plan_only() -> None:
    """Without time the plan is any plan, so that nobody knows what a further school would add."""
    found = form_alliances(many(), form="group", limits=Limits(time_s=0))
    assert found.status is Status.FEASIBLE
    assert {row.reason for row in found.outside} == {"open"}
    assert {row.reason for row in form_alliances(many(), form="group").outside} == {"no_group"}


def test_a_gain_is_not_called_a_loss() -> None:
    losses = {"coverage": 0.0, "benefit": 0.25, "distance": -5.7}
    assert losses_text(losses, "en") == "Benefit worse by 0.25 points, Distance better by 5.7 km"
    assert losses_text(losses, "zh") == "互补效益变差 0.25 分，总距离改善 5.7 公里"


def test_a_chain_the_other_way_round_is_no_further_possibility() -> None:
    """One primary and one junior school are one possible chain, led by the junior school, not two."""
    schools = [school("P", quality=10), school("J", quality=20, kind=SchoolKind.JUNIOR)]
    graph = alliance_network(district(schools), form="chain").graph(all_pairs=True)
    assert graph.edges["J", "P"]["eligible"]
    assert not graph.edges["P", "J"]["eligible"]
    assert graph.edges["P", "J"]["missing"] == ("direction",)


def test_a_school_that_may_not_lead_is_not_told_that_others_may_not() -> None:
    """A alone may lead. B is strong like A and could only lead C; C is not what stands in its way."""
    schools = [school(c, quality=q) for c, q in (("A", 90), ("B", 80), ("C", 10), ("D", 5))]
    (outside,) = [o for o in form_alliances(district(schools), leads="A").outside if o.school_id == "B"]
    assert (
        outside.text("en") == "whoever would lead, it or a school it could join, is not among the leads allowed"
    )


@pytest.mark.parametrize(
    ("lang", "said", "not_said", "title"),
    [
        ("en", "No learning districts are as asked for", "alliance", "Learning districts 2026"),
        ("zh", "没有符合要求的学区划法", "联盟", "学区划分方案"),
    ],
)
def test_learning_districts_are_not_called_alliances(
    tmp_path: Path, lang: str, said: str, not_said: str, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    towns = (Town(town="东街", neighbours=("西街",)), Town(town="西街"))
    schools = [school("A", quality=90, town="东街"), school("B", quality=10, town="西街")]
    write_district(district(schools, towns=towns), tmp_path / "in")
    asked = [
        "ally",
        str(tmp_path / "in"),
        "-o",
        str(tmp_path / "out"),
        "--form",
        "district",
        "--lang",
        lang,
        "-q",
    ]
    assert run([*asked, "--districts", "3"]) == 3
    told = capsys.readouterr().err
    assert said in told
    assert not_said not in told
    assert run([*asked, "--districts", "1"]) == 0
    shown = capsys.readouterr().out
    assert ("东街、西街" if lang == "zh" else "东街, 西街") in shown
    apart = (Town(town="东街"), Town(town="西街"), Town(town="南街", neighbours=("东街",)))
    junior = school("C", quality=20, town="西街", kind=SchoolKind.JUNIOR)
    write_district(district([schools[0], junior], towns=apart), tmp_path / "apart")
    assert run([*asked[:1], str(tmp_path / "apart"), *asked[2:], "--districts", "2"]) == 3
    assert ("东街、南街与其他" if lang == "zh" else "东街, 南街 touch") in capsys.readouterr().err
    assert run([*asked, "--districts", "1"]) == 0
    assert title in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_names_are_listed_as_each_language_does(tmp_path: Path) -> None:
    """Chinese sets 、 between members; a comma would part sentences."""
    tables = many()
    named = tuple(s.model_copy(update={"name": f"第{s.school_id}小学"}) for s in tables.schools)
    decision = form_alliances(tables.model_copy(update={"schools": named}), form="group")
    decision.write(tmp_path, lang="zh")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "小学、第" in page
    assert "小学，第" not in page
