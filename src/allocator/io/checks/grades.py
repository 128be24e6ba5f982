"""Pupils and classes of the grades."""

from __future__ import annotations

from allocator.domain.choices import Stage
from allocator.domain.records import GRADES, STAGES, Post, School
from allocator.io.checks.inspection import Inspection, labels

LARGEST_CLASS = 100
"""Pupils; more in one class is a slip of the pen."""


def grades_of_kind(inspection: Inspection) -> None:
    """Warn of pupils or classes in grades that the kind of school does not have."""
    for row, school in inspection.rows(School):
        if school.kind not in STAGES:
            continue
        taught = {grade for stage in STAGES[school.kind] for grade in GRADES[stage]}
        for grade in sorted(set(range(1, 10)) - taught):
            for what in ("pupils", "classes"):
                number = getattr(school, f"{what}_g{grade}")
                if number:
                    kind = {"kind_zh": school.kind.zh, "kind_en": school.kind.value}
                    inspection.warn(School, "absent_grade", row, f"{what}_g{grade}", number, params=kind)


def pupils_known(inspection: Inspection) -> None:
    """Warn of a section whose pupils are all blank: it is left out of every indicator."""
    for row, school in inspection.rows(School):
        for stage in STAGES.get(school.kind, ()):
            grades = [f"pupils_g{grade}" for grade in GRADES[stage]]
            if school.pupils(stage) is None:
                params = {"school": school.name or school.school_id, **labels(stage)}
                inspection.warn(School, "pupils_unknown", row, grades[0], depends=grades, params=params)


def classes_match(inspection: Inspection) -> None:
    """Warn of classes without pupils, pupils without classes, and classes too large to be true.

    Where there are grants alone and no classes at all, nobody asks for them.
    """
    counted = any(any(s.classes_by_grade(stage)) for _, s in inspection.rows(School) for stage in Stage)
    if inspection.money_only and not counted:
        return
    with_posts = {(p.school_id, p.stage) for _, p in inspection.rows(Post)}
    for row, school in inspection.rows(School):
        for stage in STAGES.get(school.kind, ()):
            # With posts given, classes need not be filled in at all.
            needed = (school.school_id, stage) not in with_posts or any(school.classes_by_grade(stage))
            _section_classes(inspection, row, school, stage, needed)


def _section_classes(inspection: Inspection, row: int, school: School, stage: Stage, needed: bool) -> None:
    counts = zip(GRADES[stage], school.pupils_by_grade(stage), school.classes_by_grade(stage), strict=True)
    for grade, pupils, classes in counts:
        cells = (f"pupils_g{grade}", f"classes_g{grade}")
        if classes and not pupils:
            inspection.warn(School, "classes_without_pupils", row, cells[1], classes, depends=cells)
        elif pupils and not classes and needed:
            inspection.warn(School, "pupils_without_classes", row, cells[0], pupils, depends=cells)
        elif pupils and classes and pupils > LARGEST_CLASS * classes:
            size = round(pupils / classes)
            params = {"pupils": pupils, "classes": classes, "size": size, "limit": LARGEST_CLASS}
            inspection.warn(School, "class_too_large", row, cells[0], pupils, depends=cells, params=params)
