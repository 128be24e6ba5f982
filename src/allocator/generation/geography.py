"""Where things are: county seats with streets, towns around them, schools in and around both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocator.generation.options import Options

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SCHOOLS_A_SEAT = 60
SCHOOLS_A_TOWN = 6
SCHOOLS_A_STREET = 5
SCHOOLS_A_LEARNING_DISTRICT = 10
URBAN_SHARE = 0.3
STREET_KM = 2.0
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
KM_A_DEGREE = 111.195
NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Places:
    """Streets and towns.

    Attributes
    ----------
    xy
        Centres in km east and north of the district's centre, shape (places, 2).
    urban
        Whether a place is a street of a county seat.
    learning
        Number of the learning district of each place.
    """

    xy: Floats
    urban: npt.NDArray[np.bool_]
    learning: Ints


def make_places(schools: int, options: Options, rng: np.random.Generator) -> Places:
    """Lay out seats, streets and towns evenly over a disk of `schools * area_km2`."""
    radius = float(np.sqrt(schools * options.area_km2 / np.pi))
    seats = _spread(max(1, round(schools / SCHOOLS_A_SEAT)), radius, rng)
    towns = _spread(max(1, round(schools / SCHOOLS_A_TOWN)), radius, rng)
    streets = max(1, round(schools * URBAN_SHARE / SCHOOLS_A_STREET / len(seats)))
    around = np.concatenate([seat + _spread(streets, STREET_KM, rng) for seat in seats])
    xy = np.concatenate([around, towns])
    centres = _spread(max(1, round(schools / SCHOOLS_A_LEARNING_DISTRICT)), radius, rng)
    learning = _squared_km(xy, centres).argmin(axis=1)
    _, learning = np.unique(learning, return_inverse=True)
    return Places(xy, np.arange(len(xy)) < len(around), learning)


def _spread(count: int, radius: float, rng: np.random.Generator) -> Floats:
    """Points in a disk, about equally far apart (sunflower), jittered."""
    order = np.arange(count)
    distance = radius * np.sqrt(order / count)
    angle = order * GOLDEN_ANGLE + rng.uniform(0, 2 * np.pi)
    points = np.column_stack([distance * np.cos(angle), distance * np.sin(angle)])
    return points + rng.normal(0, 0.2 * radius / np.sqrt(count), points.shape)


def _squared_km(a: Floats, b: Floats) -> Floats:
    return np.asarray(((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2), dtype=np.float64)


def place_schools(urban: npt.NDArray[np.bool_], places: Places, rng: np.random.Generator) -> Ints:
    """Give each school a street (urban schools) or a town, as evenly as the numbers allow."""
    out = np.zeros(len(urban), dtype=np.int64)
    for kind in (True, False):
        hosts = rng.permutation(np.flatnonzero(places.urban == kind))
        chosen = rng.permutation(np.flatnonzero(urban == kind))
        out[chosen] = hosts[np.arange(len(chosen)) % len(hosts)]
    return out


def school_xy(place: Ints, village: npt.NDArray[np.bool_], places: Places, rng: np.random.Generator) -> Floats:
    """Put schools near the centre of their place, village schools 1.5 to 5 km off; km, shape (schools, 2)."""
    near = rng.normal(0, 0.7, (len(place), 2))
    angle = rng.uniform(0, 2 * np.pi, len(place))
    ring = rng.uniform(1.5, 5.0, len(place))
    far = np.column_stack([ring * np.cos(angle), ring * np.sin(angle)])
    return places.xy[place] + np.where(village[:, None], far, near)


def degrees(xy: Floats, options: Options) -> Floats:
    """Turn km east and north into longitude and latitude, rounded to a metre or so."""
    lat = options.lat + xy[:, 1] / KM_A_DEGREE
    lon = options.lon + xy[:, 0] / (KM_A_DEGREE * np.cos(np.radians(lat)))
    return np.asarray(np.round(np.column_stack([lon, lat]), 5), dtype=np.float64)


def neighbours(places: Places) -> list[list[int]]:
    """Neighbouring places: the nearest three of each, made mutual."""
    squared = _squared_km(places.xy, places.xy)
    np.fill_diagonal(squared, np.inf)
    count = len(places.xy)
    near = np.zeros((count, count), dtype=bool)
    nearest = np.argsort(squared, axis=1)[:, : min(NEIGHBOURS, count - 1)]
    near[np.arange(count)[:, None], nearest] = True
    near |= near.T
    return [np.flatnonzero(row).tolist() for row in near]
