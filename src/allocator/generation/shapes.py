"""Hard edges on request: an island, one place, nobody free to move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.generation.options import Options
from allocator.generation.schools import SchoolArrays
from allocator.generation.staff import StaffArrays

ISLAND_KM = 80.0


def bend_schools(schools: SchoolArrays, options: Options) -> SchoolArrays:
    """Move the last school far off (`island`), or all schools to one point (`one_place`)."""
    if options.shape == "island":
        xy = schools.xy.copy()
        xy[-1] = [xy[:, 0].max() + ISLAND_KM, 0.0]
        return replace(schools, xy=xy)
    if options.shape == "one_place":
        return replace(schools, xy=np.zeros_like(schools.xy))
    return schools


def bend_staff(staff: StaffArrays, options: Options) -> StaffArrays:
    """Exempt everybody (`all_exempt`)."""
    if options.shape == "all_exempt":
        everybody = np.ones(len(staff), dtype=bool)
        return replace(staff, exempt=everybody, volunteer=~everybody)
    return staff
