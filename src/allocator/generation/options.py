"""What can be asked of the generator, and the random streams that answer."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

import numpy as np

from allocator.domain.fields import Month
from allocator.errors import UsageError

Shape = Literal["county", "island", "one_place", "all_exempt"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

MAX_SCHOOLS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of `generate`.

    Attributes
    ----------
    year
        Year of the plan; ages and tenures are drawn as of its August.
    name
        Name of the district; a plainly synthetic one where empty.
    teacher_names
        Whether teachers carry (synthetic) names.
    posts
        Whether the table `posts` is written; without it posts are derived from classes and the curriculum.
    travel
        Whether the table `travel` is written (road km and minutes of all pairs within 30 km).
    shape
        `"county"`, or a hard edge: `"island"` (one school 80 km off), `"one_place"` (all schools at one
        point), `"all_exempt"` (nobody may move).
    size
        Scale of the number of classes a school; 1 gives about 30 teachers a school.
    area_km2
        Area a school, in km2; 28 makes 60 schools a county of 1,680 km2.
    lon, lat
        Centre, in degrees.
    backbone_share
        Share of teachers who are backbone teachers of county level or higher.
    wish_share
        Share of teachers who state wishes, volunteers besides.
    plain_names
        Whether schools and towns are only numbered (`示例01小学`) instead of named.
    funding
        Whether there are the tables of money: grants, received, projects.
    schools_a_group
        One group of schools (alliance) for so many schools; 4 puts most schools into one.
    """

    year: int = 2026
    name: str = ""
    teacher_names: bool = False
    posts: bool = True
    travel: bool = False
    shape: Shape = "county"
    size: float = 1.0
    area_km2: float = 28.0
    lon: float = 117.0
    lat: float = 39.0
    backbone_share: float = 0.15
    wish_share: float = 0.12
    plain_names: bool = False
    schools_a_group: int = 12
    funding: bool = False

    @property
    def as_of(self) -> Month:
        """Reference date: August of the year."""
        return Month.of(self.year, 8)


_LIMITS: dict[str, tuple[float, float]] = {
    "year": (1950, 2150),
    "size": (0.1, 10),
    "area_km2": (0.01, 10_000),
    "lon": (-180, 180),
    "lat": (-70, 70),
    "backbone_share": (0, 1),
    "wish_share": (0, 1),
    "schools_a_group": (1, 1000),
}


def read_options(schools: int, seed: int, given: dict[str, Any]) -> Options:
    """Check what was asked for.

    Raises
    ------
    UsageError
        If an option is unknown or out of range.
    """
    known = [f.name for f in fields(Options)]
    for name in given:
        if name not in known:
            raise UsageError("generation.unknown_option", option=name, known=", ".join(known))
    _within("schools", schools, 1, MAX_SCHOOLS)
    _within("seed", seed, 0, 2**32 - 1)
    options = Options(**given)
    for name, (low, high) in _LIMITS.items():
        _within(name, getattr(options, name), low, high)
    if options.shape not in SHAPES:
        raise UsageError("generation.unknown_shape", shape=options.shape, known=", ".join(SHAPES))
    return options


def _within(name: str, value: float, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise UsageError("generation.option_range", option=name, value=value, low=low, high=high)


@dataclass(frozen=True, slots=True)
class Streams:
    """One random stream a topic, so that a change in one topic leaves the others as they were."""

    seed: int

    def __call__(self, topic: str) -> np.random.Generator:
        """Return the stream of a topic, always from its start."""
        return np.random.default_rng([self.seed, zlib.crc32(topic.encode())])
