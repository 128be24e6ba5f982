"""Grants and projects."""

from __future__ import annotations

from allocator.domain.money_records import Grant, Project
from allocator.io.checks.inspection import Inspection


def grants_sensible(inspection: Inspection) -> None:
    """Report a floor a pupil above the cap, and amounts that are no multiple of the unit."""
    for row, grant in inspection.rows(Grant):
        floor, cap = grant.floor_per_pupil_yuan, grant.cap_per_pupil_yuan
        if floor is not None and cap is not None and floor > cap:
            inspection.add(Grant, "floor_above_cap", row, "floor_per_pupil_yuan", floor, params={"cap": cap})
        if grant.unit_yuan == 0:
            inspection.add(Grant, "unit_zero", row, "unit_yuan", grant.unit_yuan)
        elif grant.amount_yuan is not None and grant.amount_yuan % grant.unit_yuan:
            inspection.add(
                Grant,
                "amount_not_in_units",
                row,
                "amount_yuan",
                grant.amount_yuan,
                depends=("unit_yuan",),
                params={"unit": grant.unit_yuan},
            )


def projects_sensible(inspection: Inspection) -> None:
    """Report projects that require or exclude themselves, or require what they exclude."""
    for row, project in inspection.rows(Project):
        for name in ("requires", "excludes"):
            if project.project_id in getattr(project, name):
                inspection.add(Project, "project_names_itself", row, name, project.project_id)
        for code in sorted(set(project.requires) & set(project.excludes)):
            inspection.add(Project, "project_contradiction", row, "excludes", code, depends=("requires",))
