"""Districts of designed networks: which school stands where, and whether it is strong, is said beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.domain.alliance_records import Town
from allocator.domain.choices import SchoolKind, Setting
from allocator.domain.district import District
from allocator.domain.records import School
from allocator.generation.build import assemble
from allocator.generation.geography import Floats, Places
from allocator.generation.names import numeral
from allocator.generation.options import Options, Streams
from allocator.generation.schools import KINDS, SETTINGS, Sites, fill_schools
from allocator.generation.staff import make_staff

STRONG_QUALITY = (76.0, 95.0)
LOWER_QUALITY = (42.0, 70.0)
"""Quality, in points: the best lower school is worse than the worst strong one."""


@dataclass(frozen=True, slots=True)
class Site:
    """One school: its kind, the number of its town, whether it is strong, km from the town's centre."""

    kind: SchoolKind
    town: int
    strong: bool
    east_km: float
    north_km: float
    opened: int | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """Towns on a grid, row by row from the south-west.

    Attributes
    ----------
    learning
        Number of the learning district of each town.
    town_word, district_word
        What towns and learning districts are called.
    """

    columns: int
    rows: int
    spacing_km: float
    learning: tuple[int, ...]
    town_word: str = "街道"
    district_word: str = "学区"
    setting: Setting = Setting.URBAN

    @property
    def centres(self) -> Floats:
        """Centres in km east and north of the middle, shape (towns, 2)."""
        rows, columns = np.divmod(np.arange(self.columns * self.rows), self.columns)
        middle = [(self.columns - 1) / 2, (self.rows - 1) / 2]
        return self.spacing_km * (np.column_stack([columns, rows]) - middle)

    def neighbours(self, town: int) -> list[int]:
        """Towns beside, above and below a town."""
        row, column = divmod(town, self.columns)
        around = ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column))
        return [r * self.columns + c for r, c in around if 0 <= r < self.rows and 0 <= c < self.columns]


def build(plot: Plot, sites: Sequence[Site], options: Options, streams: Streams, *, teachers: bool) -> District:
    """Make the district of a design; schools are numbered in the order of their sites.

    Pupils, assets and teachers are drawn as for any generated district, better at strong schools. There are
    no wishes, locks, travel times or alliances.
    """
    places = Places(plot.centres, np.ones(len(plot.learning), dtype=bool), np.array(plot.learning))
    town = np.array([site.town for site in sites])
    rng = streams("site strength")
    strength = np.where([s.strong for s in sites], 0.9, -0.6) + rng.normal(0, 0.25, len(sites))
    arrays = fill_schools(
        Sites(
            kind=np.array([KINDS.index(site.kind) for site in sites]),
            setting=np.full(len(sites), SETTINGS.index(plot.setting)),
            place=town,
            xy=places.xy[town] + np.array([(site.east_km, site.north_km) for site in sites]),
            strength=strength,
            places=places,
        ),
        options,
        streams,
    )
    district = assemble(arrays, make_staff(arrays, options, streams), options, streams)
    named = [f"示例{number:02d}{plot.town_word}" for number in range(1, len(plot.learning) + 1)]
    empty = {"wishes": (), "locks": (), "memberships": (), "posts": ()}
    update = {
        **empty,
        "schools": _schools(district, plot, sites, named, streams),
        "towns": _towns(district, plot, named),
        "teachers": district.teachers if teachers else (),
    }
    return district.model_copy(update=update)


def _schools(
    district: District, plot: Plot, sites: Sequence[Site], named: Sequence[str], streams: Streams
) -> tuple[School, ...]:
    """Put quality, towns and learning districts of the design in the place of those drawn."""
    rng = streams("site quality")
    ranges = np.array([STRONG_QUALITY if site.strong else LOWER_QUALITY for site in sites])
    quality = np.round(rng.uniform(ranges[:, 0], ranges[:, 1]), 1).tolist()
    return tuple(
        school.model_copy(
            update={
                "quality": quality[n],
                "town": named[site.town],
                "learning_district": f"第{numeral(plot.learning[site.town] + 1)}{plot.district_word}",
                "opened": school.opened if site.opened is None else site.opened,
            }
        )
        for n, (school, site) in enumerate(zip(district.schools, sites, strict=True))
    )


def _towns(district: District, plot: Plot, named: Sequence[str]) -> tuple[Town, ...]:
    return tuple(
        town.model_copy(
            update={"town": named[n], "neighbours": tuple(named[other] for other in plot.neighbours(n))}
        )
        for n, town in enumerate(district.towns)
    )
