"""All checks in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from allocator.errors import Fault
from allocator.io.checks import coordinates, funding, grades, keys, moving, staff
from allocator.io.checks.inspection import Inspection
from allocator.io.view import TableView

CHECKS: tuple[Callable[[Inspection], None], ...] = (
    keys.tables_present,
    keys.keys_unique,
    keys.references_known,
    keys.lists_separable,
    coordinates.both_given,
    coordinates.schools_together,
    coordinates.schools_located,
    grades.grades_of_kind,
    grades.pupils_known,
    grades.classes_match,
    staff.stage_taught,
    staff.months_plausible,
    staff.eligibility_known,
    staff.partners_mutual,
    staff.one_principal,
    staff.sections_staffed,
    moving.posts_in_sections,
    moving.wishes_sensible,
    moving.travel_sensible,
    moving.locks_sensible,
    moving.locks_agree,
    moving.links_sensible,
    funding.grants_sensible,
    funding.projects_sensible,
)


def check_tables(views: Mapping[str, TableView], faults: list[Fault]) -> list[Fault]:
    """Run all checks.

    Parameters
    ----------
    views
        All tables by name, those that are absent included.
    faults
        Faults of single cells found before; a latitude out of range that is a longitude is named as such here.
    """
    inspection = Inspection(views)
    coordinates.name_swapped(inspection, faults)
    for check in CHECKS:
        check(inspection)
    return inspection.faults
