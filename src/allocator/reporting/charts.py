"""The data that the page's script draws: map, CVs, staffing. Plain values, shown as text only."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from allocator.domain.choices import Stage, Subject
from allocator.domain.records import School
from allocator.reporting.facts import Facts, SpreadLine
from allocator.reporting.grid import honest_digits
from allocator.reporting.wording import UNKNOWN, indicator_label, number, word
from allocator.text import catalogue

KM_A_DEGREE = 111.195
"""Kilometres a degree of latitude, on a sphere of radius 6371.0088 km."""

TOP_SECTIONS = 20
MOST_TOWNS = 40
CV_DIGITS = 2
TEXTS = (
    "map_gain map_loss map_even map_tip map_shown map_reset km_unit people_unit pupils_unit before after limit"
    " cv unfilled search rows_shown rows_none previous next sort_by filter_all filter_stage filter_subject"
    " map_alt cv_alt search_schools staffing_alt staffing_top_alt search_why why_teacher why_hint"
    " why_print why_because why_missing"
)


def chart_data(facts: Facts) -> dict[str, Any]:
    """Return everything the script needs, with the texts in the reader's language."""
    return {
        "lang": facts.lang,
        "text": {name: catalogue("report")[name][facts.lang] for name in TEXTS.split()},
        "stages": [word(stage, facts.lang) for stage in Stage],
        "map": map_data(facts),
        "cv": _cv_data(facts),
        "staffing": staffing_data(facts),
    }


def placed_schools(facts: Facts) -> tuple[School, ...]:
    """Schools with known coordinates."""
    return placed_of(facts.decision.district.schools)


def placed_of(schools: Iterable[School]) -> tuple[School, ...]:
    """Schools with known coordinates, of those given."""
    return tuple(s for s in schools if s.lon is not None and s.lat is not None)


def map_data(facts: Facts) -> dict[str, Any]:
    """Schools and routes on a plane in km: equirectangular about the middle of the schools.

    A route is (from, to, stage, subject, teachers) with places in `schools` and `subjects`.
    """
    schools = placed_schools(facts)
    place = {s.school_id: k for k, s in enumerate(schools)}
    routes = Counter(
        (place[m.from_school_id], place[m.to_school_id], m.stage, m.subject)
        for m in facts.decision.moves
        if m.from_school_id in place and m.to_school_id in place
    )
    used = [s for s in Subject if any(key[3] is s for key in routes)]
    stages = list(Stage)
    points = projected(schools)
    return {
        "schools": [
            {"id": s.school_id, "name": s.name or s.school_id, "xy": xy, "pupils": pupils_of(s)}
            for s, xy in zip(schools, points, strict=True)
        ],
        "towns": towns_of(schools, points),
        "subjects": [word(s, facts.lang) for s in used],
        "routes": [
            [a, b, stages.index(stage), used.index(subject), n]
            for (a, b, stage, subject), n in sorted(routes.items(), key=lambda r: (r[0][0], r[0][1]))
        ],
    }


def pupils_of(school: School) -> int | None:
    """Pupils of a school; None if unknown for every stage."""
    known = [n for n in (school.pupils(stage) for stage in school.stages) if n is not None]
    return sum(known) if known else None


def projected(schools: tuple[School, ...]) -> list[tuple[float, float]]:
    """Kilometres east and north of the middle of the schools; places with known coordinates only."""
    places = [(s.lon, s.lat) for s in schools if s.lon is not None and s.lat is not None]
    if not places:
        return []
    lon0 = (min(p[0] for p in places) + max(p[0] for p in places)) / 2
    lat0 = (min(p[1] for p in places) + max(p[1] for p in places)) / 2
    squeeze = math.cos(math.radians(lat0))
    return [
        (round((lon - lon0) * squeeze * KM_A_DEGREE, 3), round((lat - lat0) * KM_A_DEGREE, 3))
        for lon, lat in places
    ]


def towns_of(schools: tuple[School, ...], points: list[tuple[float, float]]) -> list[dict[str, Any]]:
    """Towns at the middle of their schools, to find one's way; none where there are too many."""
    members: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for school, point in zip(schools, points, strict=True):
        if school.town:
            members[school.town].append(point)
    if len(members) > MOST_TOWNS:
        return []
    return [
        {"name": town, "xy": [round(sum(p[k] for p in ps) / len(ps), 3) for k in (0, 1)]}
        for town, ps in members.items()
    ]


def _cv_data(facts: Facts) -> list[dict[str, Any]]:
    """One chart a stage: the limit, and for each indicator its CV before and after as number and as text."""
    charts = []
    for stage in Stage:
        lines = [line for line in facts.spread if line.before.stage is stage]
        rows = [
            [indicator_label(x.before.indicator, facts.lang), *_values(x)]
            for x in lines
            if x.before.cv is not None or x.after.cv is not None
        ]
        if rows:
            charts.append({"stage": word(stage, facts.lang), "limit": lines[0].before.limit, "rows": rows})
    return charts


def staffing_data(facts: Facts) -> dict[str, Any]:
    """Unfilled posts by stage and subject, and the sections with the most of them."""
    subjects = [s for s in facts.subjects if s.unfilled_before or s.unfilled_after]
    worst = sorted(facts.sections, key=lambda s: (-s.unfilled_before, -s.unfilled_after, s.school_id))
    top = [s for s in worst[:TOP_SECTIONS] if s.unfilled_before or s.unfilled_after]
    return {
        "subjects": [
            [
                f"{word(s.subject, facts.lang)} · {word(s.stage, facts.lang)}",
                s.unfilled_before,
                s.unfilled_after,
            ]
            for s in subjects
        ],
        "top": [
            [f"{s.school} · {word(s.stage, facts.lang)}", s.unfilled_before, s.unfilled_after] for s in top
        ],
    }


def _values(line: SpreadLine) -> list[float | str | None]:
    """CV before, after, and both as texts that stay on their side of the limit."""
    values = (line.before.cv, line.after.cv)
    texts = (
        UNKNOWN if v is None else number(v, honest_digits(v, line.before.limit, CV_DIGITS)) for v in values
    )
    return [*values, *texts]
