"""The page and the workbook about alliances: the map, the arithmetic, one set of files, hostile names."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from itertools import pairwise
from math import hypot
from pathlib import Path

import openpyxl
import pytest

import allocator.reporting.allied as report
from allocator.alliances import AllianceDecision, form_alliances
from allocator.domain.alliance import Alliances
from allocator.domain.alliance_records import Town
from allocator.domain.allied import AllianceRequest
from allocator.domain.choices import AllianceForm, LinkKind
from allocator.domain.district import District
from allocator.errors import UsageError
from allocator.reporting.allied.ground import Ground
from allocator.reporting.allied.outlines import around, around_towns, hull, touching
from allocator.reporting.allied.plane import Plane
from allocator.reporting.allied.tables import alliances_grid, ties_grid
from allocator.text import LANGS, catalogue
from tests.alliance.alliance_cases import district, existing, link, school


def five(**tables: object) -> District:
    """A strong rich school and four poorer ones, 1 km apart; S2 shares a tag with S1 and wishes for it.

    Equipment: threshold 2000, so S1 has a surplus of 0.5, S2 a deficit of 0.25, S3 of 0.5.
    """
    return district(
        [
            school("S1", quality=90, equipment=3000, tags=("合唱",), name="一小"),
            school("S2", quality=50, equipment=1500, tags=("合唱",), km=1, name="二小"),
            school("S3", quality=40, equipment=1000, km=2, name="<b>三小</b>"),
            school("S4", quality=80, equipment=2000, km=3, name="</script>"),
            school("S5", quality=30, equipment=2000, km=4, name="三小"),
        ],
        links=(link("S1", "S2", LinkKind.WISH, 2.0),),
        **tables,
    )


def as_form(form: str, plan: Alliances) -> AllianceDecision:
    """A decision about another plan of the five schools, as another form would give it."""
    decision = form_alliances(five())
    return AllianceDecision(
        **{**vars(decision), "request": AllianceRequest(form), "plan": plan}  # type: ignore[arg-type]  # a form by its name
    )


def test_the_hull_of_points_by_hand() -> None:
    """Of a square with a point inside and one on an edge only the corners remain."""
    assert hull([(0, 0), (2, 0), (1, 1), (1, 0), (2, 2), (0, 2)]) == [(0, 0), (2, 0), (2, 2), (0, 2)]
    assert hull([(1, 1), (1, 1)]) == [(1, 1)]


def test_an_area_is_a_closed_ring_around_its_schools() -> None:
    """At radius 1 the ring keeps 1 km from two schools (the circle has 12 corners); a hull alone keeps 0."""
    ring = around([(0, 0), (10, 0)], 1.0)
    assert ring[0] == ring[-1]
    assert min(hypot(x - a, y) for x, y in ring for a in (0, 10)) == pytest.approx(1.0, abs=0.01)
    assert min(x for x, _ in ring) == pytest.approx(-1)
    assert max(x for x, _ in ring) == pytest.approx(11)


def test_a_district_does_not_cover_what_its_towns_lie_around() -> None:
    """A, B and C make an L: one ring around them covers (4.5, 4.5), their pairs do not. E is by itself."""
    towns = [
        Town(town="A", neighbours=("B",)),
        Town(town="B", neighbours=("C",)),
        Town(town="C"),
        Town(town="D"),
    ]
    places: dict[str, list[tuple[float, float]]] = {
        "A": [(0, 10)],
        "B": [(0, 0)],
        "C": [(10, 0)],
        "E": [(30, 30)],
    }
    rings = around_towns(places, touching(towns), 1.0)
    assert len(rings) == 3
    inside = [all(_left(a, b, (4.5, 4.5)) for a, b in pairwise(ring)) for ring in rings]
    assert not any(inside)
    closed = [*towns[:2], Town(town="C", neighbours=("A",))]
    assert len(around_towns(places, touching(closed), 1.0)) == 5
    one = around([p for k in "ABC" for p in places[k]], 1.0)
    assert all(_left(a, b, (4.5, 4.5)) for a, b in pairwise(one))


def _left(a: tuple[float, float], b: tuple[float, float], p: tuple[float, float]) -> bool:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) >= 0


def test_lines_run_from_leads_to_members_and_outsiders_are_hollow() -> None:
    ground = Ground(form_alliances(five()), "zh")
    option = Plane(ground).option()
    series = {s["name"]: s["data"] for s in option["series"] if "name" in s}
    assert [line["tip"][0] for line in series["结盟"]] == ["一小 → 二小", "</script> → <b>三小</b>"]
    assert [dot["name"] for dot in series["未加入"]] == ["三小"]
    (x0, _), (x1, _) = series["结盟"][0]["coords"]
    assert x1 - x0 == pytest.approx(1.0, abs=0.002)
    assert option["geo"]["areas"] == []


def test_groups_and_learning_districts_get_areas() -> None:
    rows = existing(AllianceForm.GROUP, {"G1": ("S1", "S2", "S3")})
    areas = Plane(Ground(as_form("group", Alliances("group", rows)), "en")).option()["geo"]["areas"]
    assert [area["name"] for area in areas] == ["G1"]
    towns = replace(as_form("district", Alliances("district", districts={"甲镇": "D1", "乙镇": "D2"})))
    schools = tuple(
        s.model_copy(update={"town": "甲镇" if k < 2 else "乙镇"}) for k, s in enumerate(towns.district.schools)
    )
    towns = replace(towns, district=towns.district.model_copy(update={"schools": schools}), ties=())
    ground = Ground(towns, "en")
    assert [area["name"] for area in Plane(ground).option()["geo"]["areas"]] == ["D1", "D2"]
    assert [row[:3] for row in alliances_grid(ground).rows] == [("D1", "甲镇", 2), ("D2", "乙镇", 3)]


def test_the_arithmetic_of_a_tie_adds_up() -> None:
    """S1 with S2: min(0.5, 0.25) + 0.5 for the tag + 2 for the wish = 2.75."""
    grid = ties_grid(Ground(form_alliances(five()), "en"))
    row = grid.rows[0]
    assert row[1:3] == ("一小", "二小")
    assert row[4] == pytest.approx(0.25)
    assert "0.500, 0.250 → 0.250" in str(row[5])
    assert row[6:8] == ("0.50 (合唱)", 2.0)
    assert row[8] == pytest.approx(2.75)


@pytest.mark.parametrize("lang", LANGS)
def test_page_and_workbook_hold_everything_and_ask_nobody(tmp_path: Path, lang: str) -> None:
    form_alliances(five()).write(tmp_path, lang=lang)  # type: ignore[arg-type]  # from LANGS
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    body = page[page.index("<header>") : page.index('<script type="application/json"')]
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=[\"'](?!#)", body)
    assert "<b>三小" not in body
    assert "&lt;b&gt;三小" in body
    data = page[page.index('id="report-data">') + 17 :]
    assert "</script>" not in data[: data.index("\n")].removesuffix("</script>")
    words = catalogue("alliance_report")
    other = "en" if lang == "zh" else "zh"
    for name in ("ties", "outside", "sharing", "schools", "provenance"):
        assert words[name][lang] in unescape(body)
        assert words[name][other] not in unescape(body)
    book = openpyxl.load_workbook(tmp_path / "alliance.xlsx")
    assert words["ties"][lang] in book.sheetnames


def test_headings_fit_the_tabs_of_a_workbook() -> None:
    words = catalogue("alliance_report")
    headings = [name.removesuffix("_about") for name in words if name.endswith("_about")]
    for lang in LANGS:
        assert all(len(words[name][lang]) <= 31 for name in headings if name in words)


def test_a_failing_report_leaves_the_old_result_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written one after the other, result.json would be new and the page old."""
    form_alliances(five()).write(tmp_path)
    before = {f.name: f.read_bytes() for f in tmp_path.iterdir()}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "write_alliance_report", full)
    with pytest.raises(UsageError):
        form_alliances(five(), form="chain").write(tmp_path)
    assert {f.name: f.read_bytes() for f in tmp_path.iterdir()} == before


def test_without_a_plan_the_page_says_why(tmp_path: Path) -> None:
    both = five().model_copy(
        update={"links": (link("S1", "S2", LinkKind.TOGETHER), link("S1", "S2", LinkKind.APART))}
    )
    form_alliances(both).write(tmp_path, lang="en")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert catalogue("alliance_report")["problems"]["en"] in page
    assert "linked both as together and as apart" in page
    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["sharing"] is None


def test_long_tables_get_their_words_and_levels_their_own_headings(tmp_path: Path) -> None:
    """The script pages tables of more than 25 rows; without its words it would stop at the first."""
    many = district([school(f"S{n:02d}", quality=n, equipment=1000 + 50 * n, km=n / 10) for n in range(40)])
    form_alliances(many).write(tmp_path, lang="zh")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    data = json.loads(page[page.index('id="report-data">') + 17 :].split("</script>", 1)[0])
    assert data["text"]["next"] == catalogue("report")["next"]["zh"]
    assert set(data["charts"]) == {"alliances"}
    assert 'data-page="25"' in page
    assert "上一周期</th>" in page
    assert "交流前" not in page
