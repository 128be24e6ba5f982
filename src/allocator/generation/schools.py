"""Schools as arrays: kind, setting, pupils, classes, strength, assets.

Sizes after section 10 of the calibration in docs: county primaries of 500-2,000 pupils, village points
under 100, classes of at most 45 (primary) and 50 (junior) pupils.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocator.domain.choices import SchoolKind, Setting, Stage
from allocator.generation.geography import Floats, Ints, Places, make_places, place_schools, school_xy
from allocator.generation.needs import GRADES, posts_of
from allocator.generation.options import Options, Streams

KINDS = (SchoolKind.PRIMARY, SchoolKind.JUNIOR, SchoolKind.NINE_YEAR)
KIND_SHARES = (0.60, 0.25, 0.15)
SETTINGS = (Setting.URBAN, Setting.TOWN, Setting.VILLAGE)
SETTING_SHARES = {
    SchoolKind.PRIMARY: (0.27, 0.33, 0.40),
    SchoolKind.JUNIOR: (0.36, 0.44, 0.20),
    SchoolKind.NINE_YEAR: (0.30, 0.40, 0.30),
}
CLASSES_A_GRADE = {Stage.PRIMARY: (3.1, 1.6, 0.9), Stage.JUNIOR: (4.4, 2.8, 1.5)}
"""Usual classes a grade by setting, before the scale of nine-year schools (0.7)."""
CLASS_SIZE = {Stage.PRIMARY: (43.0, 40.0, 27.0), Stage.JUNIOR: (47.0, 44.0, 37.0)}
CLASS_LIMIT = {Stage.PRIMARY: 45, Stage.JUNIOR: 50}
POINT_SHARE = 0.25
"""Share of village primaries that are teaching points: grades 1 to 4, some ten pupils each."""
ASSET_LEVELS = (
    (4.5, 5.8, 1.12, 0.22),
    (7.5, 10.2, 1.08, 0.28),
    (2000, 2500, 1.18, 0.30),
    (0.023, 0.024, 1.20, 0.22),
)
"""I4-I7 a pupil: thresholds of primary and junior, usual ratio to them, spread (of the logarithm)."""


@dataclass(frozen=True, slots=True)
class SchoolArrays:
    """Columns of all schools; `kind` and `setting` index KINDS and SETTINGS.

    Attributes
    ----------
    pupils, classes
        Shape (schools, 9); 0 where there is no such grade.
    strength
        Latent strength, mean 0 and spread about 1, higher in urban schools.
    posts
        Stage -> posts, shape (schools, subjects); rows of zeros where the school has no such section.
    """

    kind: Ints
    setting: Ints
    place: Ints
    xy: Floats
    opened: Ints
    pupils: Ints
    classes: Ints
    strength: Floats
    posts: dict[Stage, Ints]
    places: Places

    def __len__(self) -> int:
        return len(self.kind)

    def has(self, stage: Stage) -> npt.NDArray[np.bool_]:
        """Whether each school has a section of the stage."""
        other = SchoolKind.JUNIOR if stage is Stage.PRIMARY else SchoolKind.PRIMARY
        return np.asarray(self.kind != KINDS.index(other))


def make_schools(count: int, options: Options, streams: Streams) -> SchoolArrays:
    """Draw all schools."""
    rng = streams("schools")
    kind = rng.permutation(np.repeat(np.arange(3), _apportion(count, KIND_SHARES)))
    setting = _settings(kind, rng)
    places = make_places(count, options, streams("places"))
    place = place_schools(setting == 0, places, streams("hosts"))
    xy = school_xy(place, setting == 2, places, streams("coordinates"))
    rng = streams("strength")
    strength = np.array([0.55, 0.0, -0.45])[setting] + rng.normal(0, 0.75, count)
    sites = Sites(kind, setting, place, xy, strength, places)
    return fill_schools(sites, options, streams)


@dataclass(frozen=True, slots=True)
class Sites:
    """Which schools there are and where; columns as those of `SchoolArrays`."""

    kind: Ints
    setting: Ints
    place: Ints
    xy: Floats
    strength: Floats
    places: Places


def fill_schools(sites: Sites, options: Options, streams: Streams) -> SchoolArrays:
    """Draw pupils, classes and years of opening of given schools, and derive their posts."""
    pupils, classes = _pupils(sites.kind, sites.setting, options, streams("pupils"))
    opened = _opened(len(sites.kind), options, streams("opened"))
    posts = {stage: posts_of(classes[:, GRADES[stage]], stage) for stage in Stage}
    return SchoolArrays(
        kind=sites.kind,
        setting=sites.setting,
        place=sites.place,
        xy=sites.xy,
        opened=opened,
        pupils=pupils,
        classes=classes,
        strength=sites.strength,
        posts=posts,
        places=sites.places,
    )


def _apportion(count: int, shares: tuple[float, ...]) -> Ints:
    """Whole numbers that add up to `count`, in proportion (largest remainders)."""
    exact = count * np.array(shares)
    out: Ints = np.floor(exact).astype(np.int64)
    out[np.argsort(out - exact, kind="stable")[: count - out.sum()]] += 1
    return out


def _settings(kind: Ints, rng: np.random.Generator) -> Ints:
    out = np.zeros(len(kind), dtype=np.int64)
    for code, name in enumerate(KINDS):
        chosen = np.flatnonzero(kind == code)
        out[chosen] = rng.permutation(np.repeat(np.arange(3), _apportion(len(chosen), SETTING_SHARES[name])))
    return out


def _pupils(kind: Ints, setting: Ints, options: Options, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Pupils and classes by grade, shape (schools, 9) each."""
    count = len(kind)
    pupils = np.zeros((count, 9), dtype=np.int64)
    classes = np.zeros((count, 9), dtype=np.int64)
    nine_year = kind == KINDS.index(SchoolKind.NINE_YEAR)
    for stage, other in ((Stage.PRIMARY, SchoolKind.JUNIOR), (Stage.JUNIOR, SchoolKind.PRIMARY)):
        grades = GRADES[stage]
        width = grades.stop - grades.start
        usual = np.array(CLASSES_A_GRADE[stage])[setting] * np.where(nine_year, 0.7, 1.0) * options.size
        cohort = usual * np.array(CLASS_SIZE[stage])[setting] * rng.lognormal(0, 0.33, count)
        drawn = np.rint(cohort[:, None] * rng.normal(1, 0.06, (count, width))).astype(np.int64)
        drawn = np.maximum(drawn, 6) * (kind != KINDS.index(other))[:, None]
        pupils[:, grades] = drawn
        classes[:, grades] = -(-drawn // CLASS_LIMIT[stage])
    points = (kind == 0) & (setting == 2) & (rng.random(count) < POINT_SHARE)
    pupils[points, :4] = rng.integers(6, 18, (int(points.sum()), 4))
    pupils[points, 4:] = 0
    classes[points, :4] = 1
    classes[points, 4:] = 0
    return pupils, classes


def _opened(count: int, options: Options, rng: np.random.Generator) -> Ints:
    """Years of opening: most long ago, an eighth within the last ten years."""
    old = options.year - rng.integers(15, 70, count)
    new = options.year - rng.integers(2, 11, count)
    return np.asarray(np.where(rng.random(count) < 1 / 8, new, old), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Assets:
    """Shared assets of each school: m2, m2, yuan, rooms."""

    teaching_area: Ints
    sports_area: Ints
    equipment: Ints
    rooms: Ints


def make_assets(schools: SchoolArrays, rng: np.random.Generator) -> Assets:
    """Assets spread around the thresholds of I4-I7, more a pupil where schools are small."""
    primary = schools.pupils[:, GRADES[Stage.PRIMARY]].sum(axis=1)
    junior = schools.pupils[:, GRADES[Stage.JUNIOR]].sum(axis=1)
    roomy = np.clip((600 / (primary + junior)) ** 0.25, 0.85, 1.9)
    totals = []
    for low, high, mean, spread in ASSET_LEVELS:
        level = mean * roomy * rng.lognormal(0, spread, len(schools)) * np.exp(0.05 * schools.strength)
        totals.append(np.rint((low * primary + high * junior) * level).astype(np.int64))
    area, sports, equipment, rooms = totals
    return Assets(area, sports, equipment // 100 * 100, np.maximum(rooms, 1))
