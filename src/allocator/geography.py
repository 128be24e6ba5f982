"""Great-circle distances between points, on arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the earth, IUGG."""


def great_circle_km(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
    """Distances by the haversine formula, km; NaN where a coordinate is.

    Points are in degrees; the arrays are broadcast against each other, so that a column against a row gives
    the matrix of all pairs.
    """
    x_a, y_a, x_b, y_b = (np.radians(a) for a in (lon_a, lat_a, lon_b, lat_b))
    half = np.sin((y_a - y_b) / 2) ** 2 + np.cos(y_a) * np.cos(y_b) * np.sin((x_a - x_b) / 2) ** 2
    km: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(1.0, half)))
    return km
