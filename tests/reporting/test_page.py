"""`report.html`: one file, safe whatever the names are, readable without scripts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from allocator.domain.plan import Decision
from allocator.errors import UsageError
from allocator.reporting import write_report
from allocator.reporting.facts import Facts
from allocator.reporting.markup import Html, embedded_json, tag
from allocator.reporting.page import page
from allocator.text import LANGS, Lang

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"


class _Reader(HTMLParser):
    """Collects elements, the text of scripts, and the text of cells by table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.tables: dict[str, list[str]] = {}
        self._table = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((name, dict(attrs)))
        self._inside = name
        if name == "table":
            self._table = dict(attrs)["id"] or ""
            self.tables[self._table] = []
        if name == "script":
            self.scripts.append("")

    def handle_endtag(self, name: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside in ("td", "th"):
            self.tables[self._table].append(data)

    @property
    def data(self) -> Any:
        return json.loads(self.scripts[0])


@pytest.fixture(params=LANGS)
def lang(request: pytest.FixtureRequest) -> Lang:
    chosen: Lang = request.param
    return chosen


def _read(decision: Decision, lang: Lang = "zh", **options: bool) -> _Reader:
    return _Reader(page(Facts(decision, lang, **options)))


def test_nothing_is_loaded_from_anywhere(decision: Decision, lang: Lang) -> None:
    """A `src`, a stylesheet link, an import or a font would need the network."""
    reader = _read(decision, lang)
    for name, attributes in reader.elements:
        assert name not in ("link", "img", "iframe", "object", "base", "form")
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    style = page(Facts(decision, lang)).split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_only_our_two_scripts_may_run(decision: Decision) -> None:
    """The policy names them by hash; a script that somebody's name smuggled in would not match."""
    reader = _read(decision)
    policy = next(a["content"] for n, a in reader.elements if n == "meta" and "http-equiv" in a) or ""
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    ours = {base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in reader.scripts[1:]}
    assert allowed == ours
    assert len(ours) == 2
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]


def test_hostile_names_are_harmless(with_tables: Callable[..., Decision], decision: Decision) -> None:
    """Written as they are, they would add scripts and images; escaped twice, nobody could read them."""
    plain = [name for name, _ in _read(decision).elements]
    district = decision.district
    schools = tuple(s.model_copy(update={"name": EVIL, "town": EVIL}) for s in district.schools)
    teachers = tuple(t.model_copy(update={"name": EVIL}) for t in district.teachers)
    info = district.info.model_copy(update={"name": EVIL})
    hostile = with_tables(schools=schools, teachers=teachers, info=info)
    reader = _read(hostile, show_names=True)
    assert [name for name, _ in reader.elements] == plain
    assert reader.data["map"]["schools"][0]["name"] == EVIL
    assert EVIL in reader.tables["table-schools"]


def test_no_inner_html_in_our_script() -> None:
    from importlib.resources import files  # noqa: PLC0415  only here

    for script in ("report.js", "tables.js", "booklet.js"):
        text = files("allocator.reporting").joinpath("assets", script).read_text(encoding="utf-8")
        for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert name not in text


def test_vendored_charts_are_the_published_file() -> None:
    """The digest of dist/echarts.min.js in the npm package, as the NOTICE beside it says."""
    from importlib.resources import files  # noqa: PLC0415  only here

    folder = files("allocator.reporting").joinpath("assets", "echarts")
    digest = hashlib.sha256(folder.joinpath("echarts.min.js").read_bytes()).hexdigest()
    assert digest in folder.joinpath("NOTICE").read_text(encoding="utf-8")


def test_tables_are_there_without_scripts(decision: Decision) -> None:
    reader = _read(decision)
    for name in ("spread", "subjects", "levels", "rules", "schools", "moves", "wishes", "unfilled", "warnings"):
        assert reader.tables[f"table-{name}"], name
    moves = reader.tables["table-moves"]
    assert "第一小学（A）" in moves
    assert "调入学校该学科缺编；满足第一志愿" in moves
    assert "5 → 2" not in reader.tables["table-schools"]
    assert "8 → 5" in reader.tables["table-schools"]


def test_tables_say_what_their_headers_are_for(decision: Decision) -> None:
    reader = _read(decision)
    assert all(a.get("scope") in ("col", "row") for n, a in reader.elements if n == "th")
    charts = [a for n, a in reader.elements if (a.get("id") or "").startswith("chart-")]
    assert [a["role"] for a in charts] == ["img"] * 4


def test_map_is_in_kilometres_and_leaves_out_schools_without_coordinates(decision: Decision) -> None:
    """A and B are 0.1 degrees of longitude apart at 39 degrees north: 8.641 km; without the cosine 11.12 km."""
    plane = _read(decision).data["map"]
    (ax, ay), (bx, by) = plane["schools"][0]["xy"], plane["schools"][1]["xy"]
    assert bx - ax == pytest.approx(8.641, abs=0.002)
    assert by == ay == 0
    assert [s["id"] for s in plane["schools"]] == ["A", "B", "C"]
    assert sum(route[4] for route in plane["routes"]) == 3  # d1 leaves D, which has no place
    html = page(Facts(decision, "zh"))
    assert "1 所学校没有坐标" in html
    assert "1 人的交流路线因此未画出" in html


def test_no_coordinates_at_all(with_tables: Callable[..., Decision], decision: Decision) -> None:
    schools = tuple(s.model_copy(update={"lon": None, "lat": None}) for s in decision.district.schools)
    reader = _read(with_tables(schools=schools))
    assert not [a for _, a in reader.elements if a.get("id") == "chart-map"]


def test_charts_show_the_same_figures_as_the_tables(decision: Decision) -> None:
    """I3 primary: CV 1.2247 before, 0.8165 after (see test_results)."""
    data = _read(decision).data
    primary = data["cv"][0]
    row = next(r for r in primary["rows"] if r[0].startswith("I3"))
    assert row[3:] == ["1.22", "0.82"]
    assert primary["limit"] == 0.5
    maths, music = data["staffing"]["subjects"]
    assert (maths[1:], music[1:]) == ([3, 1], [2, 1])


def test_names_are_masked_unless_asked_for(decision: Decision) -> None:
    assert "张m1" not in page(Facts(decision, "zh"))
    assert "张m1" in page(Facts(decision, "zh", show_names=True))


def test_breaches_come_first(broken: Decision) -> None:
    reader = _read(broken, "en")
    sections = [a["id"] for n, a in reader.elements if n == "section"]
    assert sections[:2] == ["violations", "map"]
    assert any("eligible" in cell for cell in reader.tables["table-rules"])


def test_a_run_without_a_plan_is_reported(infeasible: Decision, lang: Lang) -> None:
    reader = _read(infeasible, lang)
    assert "table-moves" not in reader.tables
    assert reader.tables["table-schools"]
    assert reader.data["map"]["routes"] == []


def test_english_page_has_no_chinese_of_ours(decision: Decision) -> None:
    """Only the district's own words may be Chinese."""
    text = page(Facts(decision, "en"))
    body = text[text.index("<body>") : text.index('<script type="application/json"')]
    own = "".join(re.findall(r"[\u4e00-\u9fff]+", body))
    assert set(own) <= set("示例县第一二三四小学校张*通勤")


def test_escaping_is_the_rule() -> None:
    assert tag("p", "<b>", Html("<i>"), title='"&') == '<p title="&quot;&amp;">&lt;b&gt;<i></p>'
    assert embedded_json(["</script>\u2028&"]) == '["\\u003c/script\\u003e\\u2028\\u0026"]'


def test_control_characters_are_not_written() -> None:
    """No HTML may hold a NUL; browsers and editors would take the file for a binary one."""
    assert tag("td", "a\x00b\x1b[31mc\n") == "<td>a\ufffdb\ufffd[31mc\n</td>"


def test_files_are_written_and_nothing_else(decision: Decision, tmp_path: Path) -> None:
    write_report(decision, tmp_path / "new", lang="zh")
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["plan.xlsx", "report.html"]


def test_a_folder_that_cannot_be_written_is_the_users_matter(decision: Decision, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError):
        write_report(decision, tmp_path / "file", lang="zh")
    (tmp_path / "plan.xlsx").mkdir()
    with pytest.raises(UsageError):
        write_report(decision, tmp_path, lang="zh")
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".part" or ".part" in p.name] == []
