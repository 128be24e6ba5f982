"""Teachers: their section, their dates, what eligibility needs, partners and principals."""

from __future__ import annotations

from allocator.domain.choices import Role, Stage
from allocator.domain.fields import Month
from allocator.domain.records import STAGES, School, Teacher
from allocator.io.checks.inspection import Inspection, labels

YOUNGEST, OLDEST = 18, 75
_ROTATED = frozenset((Role.TEACHER, Role.HEAD_TEACHER, Role.SUBJECT_LEADER))


def stage_taught(inspection: Inspection) -> None:
    """Report teachers of a section that their school does not have."""
    for row, teacher in inspection.rows(Teacher):
        if inspection.lacks(teacher.school_id, teacher.stage):
            inspection.add(
                Teacher,
                "stage_absent",
                row,
                "stage",
                teacher.stage,
                depends=("school_id",),
                params={"school": teacher.school_id, **labels(teacher.stage)},
            )


def months_plausible(inspection: Inspection) -> None:
    """Report arrival before birth; warn of arrivals in the future and of ages that cannot be."""
    year = inspection.year
    for row, teacher in inspection.rows(Teacher):
        birth, since = teacher.birth, teacher.since
        if birth is not None and since is not None and since < birth:
            params: dict[str, object] = {"birth": birth}
            inspection.add(
                Teacher, "since_before_birth", row, "since", since, depends=("birth",), params=params
            )
        if year is None:
            continue
        if since is not None and since > Month.of(year, 12):
            inspection.warn(Teacher, "since_in_future", row, "since", since, params={"year": year})
        age = None if birth is None else (Month.of(year, 8) - birth) // 12
        if age is not None and not YOUNGEST <= age <= OLDEST:
            params = {"age": age, "year": year, "low": YOUNGEST, "high": OLDEST}
            inspection.warn(Teacher, "age_implausible", row, "birth", birth, params=params)


def eligibility_known(inspection: Inspection) -> None:
    """Warn of teachers who are not eligible only because a cell is blank."""
    for row, teacher in inspection.rows(Teacher):
        if teacher.exempt:
            continue
        if teacher.role is Role.PRINCIPAL and teacher.terms is None:
            inspection.warn(Teacher, "terms_unknown", row, "terms", depends=("role", "exempt"))
        if teacher.role not in _ROTATED or teacher.volunteer:
            continue
        for name in ("birth", "since", "gender"):
            if getattr(teacher, name) is None:
                inspection.warn(Teacher, f"{name}_unknown", row, name, depends=("role", "exempt", "volunteer"))


def partners_mutual(inspection: Inspection) -> None:
    """Report partners who name themselves or are not named in return."""
    for row, teacher in inspection.rows(Teacher):
        code = teacher.partner_id
        if code is None:
            continue
        if code == teacher.teacher_id:
            inspection.add(Teacher, "partner_self", row, "partner_id", code, depends=("teacher_id",))
        elif code in inspection.teachers:
            _named_in_return(inspection, row, teacher, code)


def _named_in_return(inspection: Inspection, row: int, teacher: Teacher, code: str) -> None:
    back = inspection.teachers[code].partner_id
    other = inspection.teacher_rows[code]
    if back == teacher.teacher_id or inspection.view(Teacher).reported(other, ("partner_id",)):
        return
    params = {
        "me": teacher.teacher_id,
        "other": other,
        "found_zh": back or "（空白）",
        "found_en": back or "(blank)",
    }
    depends = ("teacher_id",)
    inspection.add(Teacher, "partner_not_mutual", row, "partner_id", code, depends=depends, params=params)


def one_principal(inspection: Inspection) -> None:
    """Warn of a section with more than one principal."""
    first: dict[tuple[str, Stage], int] = {}
    for row, teacher in inspection.rows(Teacher):
        if teacher.role is Role.PRINCIPAL and teacher.stage is not None:
            found = first.setdefault((teacher.school_id, teacher.stage), row)
            if found != row:
                params = {"first": found, "school": teacher.school_id, **labels(teacher.stage)}
                depends, role = ("school_id", "stage"), Role.PRINCIPAL
                inspection.warn(Teacher, "second_principal", row, "role", role, depends=depends, params=params)


def sections_staffed(inspection: Inspection) -> None:
    """Warn of a section with pupils and no teacher."""
    view = inspection.view(Teacher)
    # A teacher whose school or section cannot be read may be the one who seems to be missing.
    unread = view.missing | {name for _, name in view.bad}
    if not view.records or {"school_id", "stage"} & unread:
        return
    staffed = {(t.school_id, t.stage) for _, t in inspection.rows(Teacher)}
    for row, school in inspection.rows(School):
        for stage in STAGES.get(school.kind, ()):
            pupils = school.pupils(stage)
            if pupils and (school.school_id, stage) not in staffed:
                params = {"school": school.name or school.school_id, **labels(stage)}
                inspection.warn(School, "no_teachers", row, "school_id", pupils, params=params)
