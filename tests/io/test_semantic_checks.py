"""What tables must be to each other: each check with a district that breaks it and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.domain.fields import Month, Record
from allocator.domain.records import DistrictInfo
from allocator.errors import InputError
from allocator.io import read, validate, write_district
from allocator.io.example import example_district
from allocator.text import LANGS

Change = Callable[[District], District]


@pytest.fixture(scope="module")
def sound() -> District:
    """The example: valid without a warning; teacher T001 is the first row, school S001 too."""
    return example_district("zh")


def with_row(district: District, table: str, number: int, **fields: Any) -> District:
    """Change fields of one row, counted from 1."""
    rows = list(getattr(district, table))
    rows[number - 1] = rows[number - 1].model_copy(update=fields)
    return district.model_copy(update={table: tuple(rows)})


def change(table: str, number: int, **fields: Any) -> Change:
    return lambda district: with_row(district, table, number, **fields)


def added(table: str, **fields: Any) -> Change:
    """Append a row."""

    def add(district: District) -> District:
        record: type[Record] = type(getattr(district, table)[0])
        rows = (*getattr(district, table), record.model_validate(fields))
        return district.model_copy(update={table: rows})

    return add


def lock(teacher: str, action: str, school: str | None = None) -> Change:
    return added("locks", teacher_id=teacher, action=action, school_id=school)


def post(stage: str) -> Change:
    return added("posts", school_id="S001", stage=stage, subject="pe", posts=1)


def second_principal(district: District) -> District:
    return with_row(district, "teachers", 2, role=district.teachers[0].role, terms=1)


def together(*changes: Change) -> Change:
    def apply(district: District) -> District:
        for one in changes:
            district = one(district)
        return district

    return apply


def test_the_example_has_no_fault(sound: District) -> None:
    assert validate(sound) == ()


ERRORS: list[tuple[str, str, int, str, Change]] = [
    ("duplicate_key", "teachers", 2, "teacher_id", change("teachers", 2, teacher_id="T001")),
    ("duplicate_key", "wishes", 2, "teacher_id", change("wishes", 2, rank=1)),
    ("duplicate_key", "posts", 40, "school_id", post("primary")),
    ("unknown_school", "grants", 1, "schools", change("grants", 1, schools=("S001", "S9"))),
    ("unknown_project", "projects", 1, "requires", change("projects", 1, requires=("P9",))),
    ("unknown_town", "schools", 1, "town", change("schools", 1, town="城关")),
    ("list_separator", "schools", 1, "tags", change("schools", 1, tags=("a;b",))),
    ("coordinate_missing", "schools", 4, "lon", change("schools", 4, lon=None)),
    ("coordinate_missing", "teachers", 1, "home_lat", change("teachers", 1, home_lon=117.0)),
    ("stage_absent", "teachers", 14, "stage", change("teachers", 14, stage=Stage.JUNIOR)),
    ("stage_absent", "posts", 40, "stage", post("junior")),
    ("since_before_birth", "teachers", 2, "since", change("teachers", 2, since=Month.of(1986, 2))),
    ("partner_self", "teachers", 2, "partner_id", change("teachers", 2, partner_id="T002")),
    ("partner_not_mutual", "teachers", 2, "partner_id", change("teachers", 2, partner_id="T005")),
    ("wish_twice", "wishes", 2, "school_id", change("wishes", 2, school_id="S003")),
    ("travel_to_itself", "travel", 1, "to_school_id", change("travel", 1, to_school_id="S001")),
    ("lock_without_school", "locks", 3, "school_id", lock("T002", "to")),
    ("lock_present_school", "locks", 3, "school_id", lock("T002", "to", "S001")),
    ("lock_without_stage", "locks", 3, "school_id", lock("T002", "to", "S004")),
    ("lock_contradiction", "locks", 3, "action", lock("T019", "move")),
    ("lock_contradiction", "locks", 3, "action", lock("T009", "to", "S006")),
    ("link_to_itself", "links", 1, "school_b", change("links", 1, school_b="S004")),
    ("floor_above_cap", "grants", 1, "floor_per_pupil_yuan",
     change("grants", 1, floor_per_pupil_yuan=900, cap_per_pupil_yuan=800)),
    ("unit_zero", "grants", 1, "unit_yuan", change("grants", 1, unit_yuan=0)),
    ("amount_not_in_units", "grants", 1, "amount_yuan", change("grants", 1, unit_yuan=7000)),
    ("project_names_itself", "projects", 1, "excludes", change("projects", 1, excludes=("P001",))),
    ("project_contradiction", "projects", 1, "excludes", together(
        added("projects", project_id="P2", school_id="S001", grant_id="G002", cost_yuan=1),
        change("projects", 1, requires=("P2",), excludes=("P2",)))),
]  # fmt: skip

WARNINGS: list[tuple[str, str, int, str, Change]] = [
    ("far_from_others", "schools", 4, "lon", change("schools", 4, lon=120.1)),
    ("not_located", "schools", 4, "lon", change("schools", 4, lon=None, lat=None)),
    ("absent_grade", "schools", 1, "pupils_g7", change("schools", 1, pupils_g7=30)),
    ("pupils_unknown", "schools", 5, "pupils_g7",
     change("schools", 5, **{f"{what}_g{g}": None for g in (7, 8, 9) for what in ("pupils", "classes")})),
    ("classes_without_pupils", "schools", 1, "classes_g2", change("schools", 1, pupils_g2=None)),
    ("pupils_without_classes", "schools", 1, "pupils_g2", change("schools", 1, classes_g2=0)),
    ("class_too_large", "schools", 1, "pupils_g2", change("schools", 1, pupils_g2=101)),
    ("since_in_future", "teachers", 2, "since", change("teachers", 2, since=Month.of(2026, 1))),
    ("age_implausible", "teachers", 2, "birth", change("teachers", 2, birth=Month.of(2007, 9))),
    ("age_implausible", "teachers", 2, "birth", change("teachers", 2, birth=Month.of(1949, 8))),
    ("birth_unknown", "teachers", 2, "birth", change("teachers", 2, birth=None)),
    ("since_unknown", "teachers", 2, "since", change("teachers", 2, since=None)),
    ("gender_unknown", "teachers", 2, "gender", change("teachers", 2, gender=None)),
    ("terms_unknown", "teachers", 1, "terms", change("teachers", 1, terms=None)),
    ("second_principal", "teachers", 2, "role", second_principal),
    ("no_teachers", "schools", 3, "school_id", lambda d: d.model_copy(
        update={"teachers": tuple(t for t in d.teachers if t.school_id != "S003")})),
    ("wish_present_school", "wishes", 1, "school_id", change("wishes", 1, school_id="S001")),
    ("wish_without_stage", "wishes", 1, "school_id", change("wishes", 1, school_id="S004")),
    ("travel_empty", "travel", 1, "km", change("travel", 1, km=None, minutes=None)),
    ("lock_on_exempt", "locks", 3, "action", lock("T017", "move")),
    ("lock_school_ignored", "locks", 1, "school_id", change("locks", 1, school_id="S005")),
]  # fmt: skip


@pytest.mark.parametrize(("key", "table", "row", "column", "damage"), [*ERRORS, *WARNINGS])
def test_one_break_gives_one_fault_at_its_place(
    sound: District, key: str, table: str, row: int, column: str, damage: Change
) -> None:
    (fault,) = validate(damage(sound))
    assert (fault.key, fault.table, fault.row, fault.column) == (key, table, row, column)
    assert fault.severity == ("warning" if any(key == w[0] for w in WARNINGS) else "error")
    for lang in LANGS:
        assert "{" not in fault.text(lang)


def test_one_below_each_limit_is_no_fault(sound: District) -> None:
    """100 pupils in a class, 18 and 75 years, December of the year, the birth month itself."""
    district = together(
        change("schools", 1, pupils_g2=100),
        change("teachers", 2, birth=Month.of(2007, 8)),
        change("teachers", 3, birth=Month.of(1949, 9)),
        change("teachers", 4, since=Month.of(2025, 12)),
        change("teachers", 5, since=Month.of(1988, 2)),
    )(sound)
    assert validate(district) == ()


def test_blank_dates_do_not_matter_for_who_cannot_be_moved_by_them(sound: District) -> None:
    """Vice principals are never eligible, volunteers always: no warning."""
    role = {"role": "vice_principal"}
    district = together(
        change("teachers", 2, volunteer=True, birth=None, since=None, gender=None),
        lambda d: with_row(d, "teachers", 5, **type(d.teachers[4]).model_validate(
            {**d.teachers[4].model_dump(), **role}).model_dump(include={"role"}), birth=None),
    )(sound)  # fmt: skip
    assert validate(district) == ()


def test_without_a_year_nothing_is_said_of_ages(sound: District) -> None:
    district = with_row(sound, "teachers", 2, birth=Month.of(2020, 1), since=Month.of(2190, 1))
    assert validate(district.model_copy(update={"info": DistrictInfo()})) == ()


def test_posts_make_blank_classes_harmless(sound: District) -> None:
    """Posts are derived from classes only where the table posts says nothing of the section."""
    blank = {f"classes_g{g}": None for g in range(1, 7)}
    district = with_row(sound, "schools", 1, **blank)
    assert validate(district) == ()
    without = district.model_copy(update={"posts": ()})
    assert [f.key for f in validate(without)] == ["pupils_without_classes"] * 6


def test_grants_alone_need_neither_classes_nor_places() -> None:
    """Otherwise 2 schools x 2 warnings; a class, a place or a teacher shows that somebody counts on them."""
    schools = [{"school_id": f"S{i}", "kind": "primary", "pupils_g1": 40} for i in range(2)]
    grant = {"grant_id": "G", "amount_yuan": 1000, "purpose": "operating", "rule": "formula"}
    tables: dict[str, Any] = {"schools": schools, "grants": [grant]}

    def warned(**changed: Any) -> list[str]:
        return sorted(f.key for f in validate(District.model_validate({**tables, **changed})))

    assert warned() == []
    assert warned(grants=[]) == ["not_located"] * 2 + ["pupils_without_classes"] * 2
    assert warned(schools=[{**schools[0], "classes_g1": 1}, schools[1]]) == ["pupils_without_classes"]
    assert warned(schools=[{**schools[0], "lon": 117.0, "lat": 39.0}, schools[1]]) == ["not_located"]
    teacher = {"teacher_id": "T", "school_id": "S0", "stage": "primary", "subject": "math"}
    assert {"not_located", "pupils_without_classes"} <= set(warned(teachers=[teacher]))


def test_coordinates_swapped_inside_the_range_are_found_by_the_others(tmp_path: Path) -> None:
    """Kashgar: 75.99 E 39.47 N; swapped, 39.47 E 75.99 N is a place, but 4,000 km away."""
    rows = [{"school_id": f"S{i}", "kind": "primary", "lon": 75.99, "lat": 39.47 + i / 100, "pupils_g1": 1,
             "classes_g1": 1} for i in range(4)]  # fmt: skip
    rows[2]["lon"], rows[2]["lat"] = rows[2]["lat"], rows[2]["lon"]
    (fault,) = validate(District.model_validate({"schools": rows}))
    assert (fault.key, fault.severity, fault.row) == ("coordinates_swapped", "error", 3)
    assert "对调" in fault.text("zh")


def test_coordinates_swapped_out_of_range_say_so_in_the_file(sound: District, tmp_path: Path) -> None:
    """A latitude of 117.05 alone would only be "out of range"."""
    path = write_district(sound, tmp_path / "d")
    file = path / "schools.csv"
    text = file.read_text(encoding="utf-8-sig").replace("117.052,39.131", "39.131,117.052")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(path)
    (fault,) = caught.value.faults
    assert (fault.key, fault.cell) == ("coordinates_swapped", "H2")


def test_many_alike_faults_become_one_with_a_count(sound: District) -> None:
    """Birth blank for everyone: one warning with a count; one error for one code, with all of its 41 rows."""
    blank = tuple(t.model_copy(update={"birth": None}) for t in sound.teachers)
    (warning,) = validate(sound.model_copy(update={"teachers": blank}))
    concerned = [
        n
        for n, t in enumerate(blank, 1)
        if t.role.value in ("teacher", "head_teacher", "subject_leader") and not (t.exempt or t.volunteer)
    ]
    assert (warning.key, warning.count) == ("birth_unknown", len(concerned))
    assert warning.examples == tuple(concerned[:5])
    assert f"共 {len(concerned)} 处" in warning.text("zh")
    lost = tuple(t.model_copy(update={"partner_id": "nobody"}) for t in sound.teachers)
    (error,) = validate(sound.model_copy(update={"teachers": lost}))
    assert (error.count, error.examples) == (41, tuple(range(1, 42)))
    assert "1-41" in error.text("zh")
    assert InputError([error]).params["errors"] == 41
    apart = tuple(t.model_copy(update={"partner_id": f"x-{t.teacher_id}"}) for t in sound.teachers)
    assert len(validate(sound.model_copy(update={"teachers": apart}))) == 41


def test_a_table_that_is_referred_to_but_missing_is_one_fault(sound: District) -> None:
    district = sound.model_copy(update={"grants": (), "projects": ()})
    (fault,) = validate(district)
    assert (fault.key, fault.table) == ("referenced_table_needed", "received")


def test_no_schools_is_an_error() -> None:
    assert [f.key for f in validate(District(schools=()))] == ["empty_table"]


def test_a_wrong_cell_is_not_reported_again_by_what_follows_from_it(sound: District, tmp_path: Path) -> None:
    """The kind of S003 is unreadable: its five teachers are not "in a section it lacks", nor is it unknown."""
    path = write_district(sound, tmp_path / "d")
    file = path / "schools.csv"
    file.write_text(
        file.read_text(encoding="utf-8-sig").replace("河湾小学,小学", "河湾小学,高中"), encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        read(path)
    assert [(f.key, f.cell) for f in caught.value.faults] == [("unknown_choice", "C4")]
