"""From arrays to a district: the one place where rows of the format are made."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from allocator.domain.alliance_records import Town
from allocator.domain.choices import Role, Stage
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.records import DistrictInfo, Post, School, Teacher
from allocator.generation import extras, names, shapes
from allocator.generation.funding import with_funding
from allocator.generation.geography import degrees, neighbours
from allocator.generation.groups import make_groups, memberships, ranked
from allocator.generation.locks import locks
from allocator.generation.needs import GRADES, SUBJECTS
from allocator.generation.options import Options, Streams, read_options
from allocator.generation.schools import KINDS, SETTINGS, SchoolArrays, make_assets, make_schools
from allocator.generation.staff import (
    BACKBONES,
    DEGREES,
    GENDERS,
    ROLES,
    STAGES,
    TITLES,
    StaffArrays,
    make_staff,
)

TAGS = ("书法", "合唱", "足球", "篮球", "科创", "阅读", "美术", "戏曲", "劳动教育", "心理健康")


def generate(schools: int, seed: int = 0, **options: Any) -> District:
    """Generate a synthetic district.

    Parameters
    ----------
    schools
        Number of schools, 1 to 20,000; about 30 teachers each.
    seed
        Seed of all draws: the same seed and options give the same district, in every process.
    **options
        Fields of `allocator.generation.Options`.

    Raises
    ------
    UsageError
        If a number or an option is unknown or out of range.
    """
    wanted = read_options(schools, seed, options)
    streams = Streams(seed)
    arrays = shapes.bend_schools(make_schools(schools, wanted, streams), wanted)
    staff = shapes.bend_staff(make_staff(arrays, wanted, streams), wanted)
    district = assemble(arrays, staff, wanted, streams)
    return with_funding(district, streams) if wanted.funding else district


def assemble(schools: SchoolArrays, staff: StaffArrays, options: Options, streams: Streams) -> District:
    """Make the records of a district out of its arrays."""
    towns = names.place_names(schools.places, options.plain_names, streams("town names"))
    school_ids = codes("S", len(schools), 3)
    teacher_ids = codes("T", len(staff), 5)
    groups = make_groups(schools, options)
    scores = ranked(quality(schools, streams("quality")), schools, groups)
    default = f"示例区县（{len(schools)}所学校，种子{streams.seed}）"
    return District(
        info=DistrictInfo(name=options.name or default, year=options.year),
        schools=_schools(schools, school_ids, towns, scores, options, streams),
        teachers=_teachers(schools, staff, school_ids, teacher_ids, options, streams),
        posts=_posts(schools, school_ids) if options.posts else (),
        wishes=extras.wishes(schools, staff, school_ids, teacher_ids, options, streams("wishes")),
        travel=extras.travel(schools, school_ids, streams("travel")) if options.travel else (),
        locks=locks(schools, staff, groups, school_ids, teacher_ids, streams("locks")),
        memberships=memberships(groups, school_ids, options),
        towns=_towns(schools, towns, options),
    )


def codes(letter: str, count: int, width: int) -> list[str]:
    """Codes such as `S001`, wide enough for all."""
    width = max(width, len(str(count)))
    return [f"{letter}{number:0{width}d}" for number in range(1, count + 1)]


def quality(schools: SchoolArrays, rng: np.random.Generator) -> list[float]:
    """Quality scores: the strength with the noise of an evaluation, around 72 of 100."""
    score = 72 + 8 * schools.strength + rng.normal(0, 3, len(schools))
    scores: list[float] = np.round(np.clip(score, 30, 99), 1).tolist()
    return scores


def _schools(
    schools: SchoolArrays,
    ids: list[str],
    towns: list[str],
    scores: list[float],
    options: Options,
    streams: Streams,
) -> tuple[School, ...]:
    rng = streams("school rows")
    count = len(schools)
    assets = make_assets(schools, streams("assets"))
    lonlat = degrees(schools.xy, options).tolist()
    title = names.school_names(schools.kind, schools.place, towns, options.plain_names)
    tags = [tuple(TAGS[i] for i in rng.permutation(len(TAGS))[:n]) for n in rng.integers(0, 3, count)]
    boarding = np.where(schools.has(Stage.JUNIOR) & (schools.setting > 0), rng.uniform(0, 0.4, count), 0)
    pupils = schools.pupils.sum(axis=1)
    special = rng.binomial(pupils, 0.004)
    room = rng.uniform(0.92, 1.3, count)
    return tuple(
        School(
            school_id=ids[i],
            name=title[i],
            kind=KINDS[schools.kind[i]],
            town=towns[schools.place[i]],
            learning_district=f"第{names.numeral(int(schools.places.learning[schools.place[i]]) + 1)}学区",
            setting=SETTINGS[schools.setting[i]],
            lon=lonlat[i][0],
            lat=lonlat[i][1],
            opened=int(schools.opened[i]),
            boarders=int(boarding[i] * pupils[i]),
            special_pupils=int(special[i]),
            teaching_area_m2=float(assets.teaching_area[i]),
            sports_area_m2=float(assets.sports_area[i]),
            equipment_yuan=Decimal(int(assets.equipment[i])),
            multimedia_rooms=int(assets.rooms[i]),
            quality=scores[i],
            tags=tags[i],
            **_grades(schools, i, float(room[i])),
        )
        for i in range(count)
    )


def _grades(schools: SchoolArrays, i: int, room: float) -> dict[str, int]:
    """Pupils, classes and places of one school; grades it does not have are left out."""
    out = {}
    for stage in STAGES:
        grades = GRADES[stage]
        pupils = schools.pupils[i, grades]
        if pupils.any():
            out[f"seats_{stage.value}"] = int(pupils.sum() * room)
    for grade in np.flatnonzero(schools.classes[i]).tolist():
        out[f"pupils_g{grade + 1}"] = int(schools.pupils[i, grade])
        out[f"classes_g{grade + 1}"] = int(schools.classes[i, grade])
    return out


def _teachers(
    schools: SchoolArrays,
    staff: StaffArrays,
    school_ids: list[str],
    teacher_ids: list[str],
    options: Options,
    streams: Streams,
) -> tuple[Teacher, ...]:
    rng = streams("teacher rows")
    called = names.teacher_names(len(staff), streams("names")) if options.teacher_names else None
    second = extras.second_subjects(schools, staff, rng)
    partners = extras.partners(staff, streams("couples"))
    points = np.round(staff.tenure / 12 + 3 * staff.title + rng.normal(0, 2, len(staff)).clip(-4, 4) + 5, 1)
    principal = ROLES.index(Role.PRINCIPAL)
    columns = (
        getattr(staff, name).tolist()
        for name in ("school", "stage", "subject", "gender", "age", "tenure", "degree", "title", "backbone",
                     "role", "terms", "exempt", "volunteer", "graduating")
    )  # fmt: skip
    return tuple(
        Teacher(
            teacher_id=teacher_ids[i],
            name=called[i] if called else None,
            school_id=school_ids[school],
            stage=STAGES[stage],
            subject=SUBJECTS[subject],
            second_subject=None if second[i] < 0 else SUBJECTS[second[i]],
            gender=GENDERS[gender],
            birth=Month(options.as_of - age),
            since=Month(options.as_of - tenure),
            degree=DEGREES[degree],
            title=TITLES[title],
            backbone=BACKBONES[backbone],
            role=ROLES[role],
            terms=terms if role == principal else None,
            exempt=exempt,
            volunteer=volunteer,
            partner_id=None if partners[i] < 0 else teacher_ids[partners[i]],
            points=max(float(points[i]), 0.0),
            graduating_class=graduating,
        )
        for i, (school, stage, subject, gender, age, tenure, degree, title, backbone, role, terms, exempt,
                volunteer, graduating) in enumerate(zip(*columns, strict=True))
    )  # fmt: skip


def _posts(schools: SchoolArrays, ids: list[str]) -> tuple[Post, ...]:
    table = np.stack([schools.posts[stage] for stage in STAGES], axis=1)
    return tuple(
        Post(school_id=ids[i], stage=STAGES[s], subject=SUBJECTS[k], posts=int(table[i, s, k]))
        for i, s, k in np.argwhere(table > 0).tolist()
    )


def _towns(schools: SchoolArrays, towns: list[str], options: Options) -> tuple[Town, ...]:
    lonlat = degrees(schools.places.xy, options).tolist()
    return tuple(
        Town(town=town, lon=lon, lat=lat, neighbours=tuple(towns[j] for j in near))
        for town, (lon, lat), near in zip(towns, lonlat, neighbours(schools.places), strict=True)
    )
