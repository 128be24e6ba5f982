"""Learning districts drawn: against every partition tried, hand-calculated, and where none is possible."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from allocator.alliance.towns import Towns, contiguous_sets
from allocator.alliances import alliance_network, form_alliances
from allocator.checking import Terms, check_alliances
from allocator.cli.app import run
from allocator.domain.alliance import Alliances
from allocator.domain.alliance_records import Town
from allocator.domain.choices import SchoolKind
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.domain.records import School
from allocator.domain.run import Limits
from allocator.errors import UsageError
from allocator.io.policies import load_policy
from allocator.io.writing import write_district
from tests.alliance.alliance_cases import DEGREE_KM, district, school

POLICY = load_policy()
NAMES = ("pupils", "strong", "cut", "distance")


def town(name: str, *neighbours: str, km: float = 0.0) -> Town:
    """A town on the equator, so many kilometres east."""
    return Town(town=name, lon=100 + km / DEGREE_KM, lat=0.0, neighbours=neighbours)


def random_county(seed: int, towns: int = 6) -> District:
    """Towns on a random graph, mostly joined; one to three schools of either stage in each."""
    draw = random.Random(seed)
    names = [f"T{i}" for i in range(towns)]
    rows = []
    for i, name in enumerate(names):
        near = {names[j] for j in range(i) if draw.random() < 0.35}
        if i and draw.random() < 0.9:
            near.add(names[draw.randrange(i)])
        rows.append(town(name, *sorted(near), km=draw.randint(0, 20)))
    schools: list[School] = []
    for name in names:
        for _ in range(draw.randint(1, 3)):
            kind = draw.choice((SchoolKind.PRIMARY, SchoolKind.JUNIOR, SchoolKind.NINE_YEAR))
            grade = "pupils_g7" if kind is SchoolKind.JUNIOR else "pupils_g1"
            schools.append(
                school(
                    f"S{len(schools):02d}",
                    quality=draw.randint(0, 5) * 20.0,
                    kind=kind,
                    town=name,
                    **{grade: draw.randint(1, 6) * 50},
                )
            )
    return district(schools, towns=tuple(rows))


def partitions(items: Sequence[str], count: int) -> Iterator[dict[str, str]]:
    """Every way to put items into so many sets that are not empty."""

    def extend(k: int, used: int, chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if k == len(items):
            if used == count:
                yield chosen
            return
        for group in range(min(used + 1, count)):
            yield from extend(k + 1, max(used, group + 1), (*chosen, group))

    for groups in extend(0, 0, ()):
        yield {item: f"D{group}" for item, group in zip(items, groups, strict=True)}


def best(tables: District, terms: Terms, names: Sequence[str]) -> list[float] | None:
    """Least levels over all partitions that the checker passes; None if there is none."""
    found = []
    for codes in partitions([t.town for t in tables.towns], terms.districts or 1):
        verdict = check_alliances(tables, POLICY, Alliances("district", districts=codes), terms=terms)
        if verdict.passed:
            found.append([round(verdict.levels[name], 9) for name in names])
    return min(found, default=None)


@pytest.mark.parametrize("count", [2, 3])
def test_districts_are_what_trying_every_partition_finds(count: int) -> None:
    """Counties in one piece and in several, stages that are rare: levels of the best, or none."""
    possible = 0
    for seed in range(30):
        tables = random_county(seed)
        decision = form_alliances(tables, POLICY, form="district", districts=count)
        wanted = best(tables, Terms(districts=count), NAMES)
        if wanted is None:
            assert decision.status is Status.INFEASIBLE, seed
            assert decision.problems, seed
        else:
            possible += 1
            assert decision.status is Status.OPTIMAL, seed
            assert [level.final for level in decision.levels] == pytest.approx(wanted, abs=1e-6), seed
    assert possible > 5


def test_limits_make_room_for_compact_districts() -> None:
    """With limits the borders count first; each answer is the best of those that keep to the limits."""
    possible = 0
    for seed in range(30):
        tables = random_county(seed)
        terms = Terms(districts=2, max_pupil_deviation=0.3, max_strong_deviation=0.2)
        decision = form_alliances(
            tables, POLICY, form="district", districts=2, max_pupil_deviation=0.3, max_strong_deviation=0.2
        )
        wanted = best(tables, terms, NAMES[2:])
        assert (decision.plan is None) == (wanted is None), seed
        if wanted is not None:
            possible += 1
            assert [level.final for level in decision.levels] == pytest.approx(wanted, abs=1e-6), seed
    assert 3 < possible < 30


def line(pupils: Sequence[int]) -> District:
    """Towns A, B, ... in a row, 10 km apart, with one nine-year school each."""
    names = [chr(65 + i) for i in range(len(pupils))]
    towns = [town(n, *names[i + 1 : i + 2], km=10.0 * i) for i, n in enumerate(names)]
    schools = [
        school(f"S{n}", quality=50, kind=SchoolKind.NINE_YEAR, town=n, pupils_g1=p)
        for n, p in zip(names, pupils, strict=True)
    ]
    return district(schools, towns=tuple(towns))


def test_a_row_of_towns_by_hand() -> None:
    """400, 100, 100, 200 pupils in two districts: 400 and 400, one border, 0 + 20 km from the middle town.

    Of four equal schools A and B are strong: all of D1, a third of D2, against a half of the county.
    """
    decision = form_alliances(line((400, 100, 100, 200)), form="district", districts=2)
    assert decision.plan is not None
    assert decision.plan.districts == {"A": "D1", "B": "D2", "C": "D2", "D": "D2"}
    found = {level.name: level.final for level in decision.levels}
    assert found == pytest.approx({"pupils": 0, "strong": 0.5, "cut": 1, "distance": 20}, abs=1e-3)


def test_obstacles_are_named() -> None:
    """Three towns of which none touches another; too few towns; a part without a junior section; no towns."""
    apart = district([school("S1", town="A")], towns=(town("A"), town("B"), town("C")))
    for tables, count, words in (
        (apart, 2, "3 parts"),
        (apart, 4, "only 3 towns"),
        (line((1, 1)).model_copy(update={"towns": ()}), 1, "empty"),
    ):
        decision = form_alliances(tables, form="district", districts=count)
        assert decision.status is Status.INFEASIBLE
        assert any(words in problem.text("en") for problem in decision.problems)
    missing = district(
        [school("S1", town="A", kind=SchoolKind.NINE_YEAR), school("S2", town="B")],
        towns=(town("A"), town("B")),
    )
    decision = form_alliances(missing, form="district", districts=2)
    assert [p.key for p in decision.problems] == ["groups.problem_part_stage"]


def test_limits_that_cannot_be_kept() -> None:
    """900 of 1,000 pupils in one town: 80 % above 500. A row of 300, 400, 300: 300 and 700, or 700 and 300.

    Two towns, the strong school in the first: all and none of a district, half of the county.
    """
    decision = form_alliances(line((900, 50, 50)), form="district", districts=2, max_pupil_deviation=0.1)
    (problem,) = decision.problems
    assert "A alone has 900 pupils, 80.0 %" in problem.text("en")
    row = form_alliances(line((300, 400, 300)), form="district", districts=2, max_pupil_deviation=0.1)
    assert [p.key for p in row.problems] == ["groups.problem_pupils"]
    for pupils, key in ((0.5, "pupils_strong"), (None, "strong")):
        both = form_alliances(
            line((100, 100)),
            form="district",
            districts=2,
            max_pupil_deviation=pupils,
            max_strong_deviation=0.2,
        )
        assert [p.key for p in both.problems] == [f"groups.problem_{key}"]
        assert "20" in both.problems[0].text("zh")


def test_schools_without_a_town_stay_outside() -> None:
    tables = line((100, 100))
    lost = school("S9", town=None)
    decision = form_alliances(
        tables.model_copy(update={"schools": (*tables.schools, lost)}), form="district", districts=2
    )
    assert [(row.school_id, row.reason) for row in decision.outside] == [("S9", "no_town")]


def test_contiguous_sets_are_all_found_once() -> None:
    """A ring of five towns has 5 sets of each size 1 to 4, and one of 5."""
    ring = tuple((1 << (i + 1) % 5) | (1 << (i - 1) % 5) for i in range(5))
    one = np.ones(5, dtype=np.int64)
    towns = Towns(tuple("ABCDE"), ring, one, one, one, (1,) * 5, 1, np.zeros((5, 5), dtype=np.int64))
    found = contiguous_sets(towns, (0.0, 9.0), 5, (100, 100))
    assert found is not None
    assert len(found) == len(set(found)) == 21
    assert contiguous_sets(towns, (0.0, 9.0), 5, (20, 100)) is None
    assert contiguous_sets(towns, (4.0, 9.0), 5, (20, 20)) is None
    assert len(contiguous_sets(towns, (0.0, 2.0), 5, (100, 100)) or ()) == 10
    assert len(contiguous_sets(towns, (4.0, 9.0), 5, (100, 100)) or ()) == 6


def test_levels_are_headed_and_compared_as_those_of_districts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without districts in the table there is nothing to compare with; A and B in one, 300 of 700: 1/7 off."""
    tables = line((100, 200, 400))
    decision = form_alliances(tables, form="district", districts=2)
    assert {level.before for level in decision.levels} == {None}
    named = dict(zip("ABC", ("N", "N", "S"), strict=True))
    schools = [s.model_copy(update={"learning_district": named[s.town or ""]}) for s in tables.schools]
    drawn = tables.model_copy(update={"schools": tuple(schools)})
    decision = form_alliances(drawn, form="district", districts=2)
    assert decision.levels[0].before == pytest.approx(1 / 7)
    write_district(drawn, tmp_path / "tables")
    words = ["--form", "district", "--districts", "2", "--lang", "en"]
    assert run(["ally", str(tmp_path / "tables"), "-o", str(tmp_path / "out"), *words]) == 0
    assert "Districts now" in capsys.readouterr().out
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "less is better in all" in page
    assert "More coverage" not in page


def test_no_time_and_no_network() -> None:
    decision = form_alliances(line((1, 1)), form="district", districts=2, limits=Limits(time_s=0.0))
    assert decision.status is Status.UNKNOWN
    with pytest.raises(UsageError):
        alliance_network(line((1, 1)), form="district")
