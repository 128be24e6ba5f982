"""The schools of a district as arrays: stages, standing, surplus and deficit, tags, places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from allocator.alliance.strength import Standing, standings
from allocator.domain.choices import Setting, Stage
from allocator.domain.district import District
from allocator.domain.measures import INDICATORS, Measures
from allocator.domain.policy import Policy
from allocator.solving.model import Bools, Floats, Ints

STAGE_ORDER = tuple(Stage)


@dataclass(frozen=True)
class Schools:
    """All n schools in the order of the district; the axis of 2 is primary, junior.

    Attributes
    ----------
    ids
        School codes.
    taught, strong, lower
        Shape (n, 2): whether the school has the section, and where that stands in its stage.
    values
        Shape (n, 2, 7): indicators I1-I7 in their units, NaN where unknown.
    surplus, deficit
        Shape (n, 2, 7): value / threshold - 1 and 1 - value / threshold within 0..1; 0 where unknown.
    tags
        Shape (n, t): whether the school has a tag; `tag_names` names the columns.
    setting
        Shape (n,): number of the setting, -1 where unknown.
    lon, lat
        Shape (n,): degrees, NaN where unknown.
    standings
        The rank behind `strong` and `lower`, by school and stage.
    quality
        Shape (n,): points; where blank, 100 x the share of the known indicators met, NaN where none is known.
    """

    ids: tuple[str, ...]
    taught: Bools
    strong: Bools
    lower: Bools
    values: Floats
    surplus: Floats
    deficit: Floats
    tags: Bools
    tag_names: tuple[str, ...]
    setting: Ints
    lon: Floats
    lat: Floats
    standings: Mapping[tuple[str, Stage], Standing]
    quality: Floats

    def __len__(self) -> int:
        return len(self.ids)

    def number(self) -> dict[str, int]:
        """Position of every school code."""
        return {school_id: n for n, school_id in enumerate(self.ids)}


def collect(district: District, policy: Policy, measures: Measures) -> Schools:
    """Collect the schools of a district; `measures` are its indicators before any plan."""
    n = len(district.schools)
    number = {school.school_id: i for i, school in enumerate(district.schools)}
    values = np.full((n, len(STAGE_ORDER), len(INDICATORS)), np.nan)
    taught = np.zeros((n, len(STAGE_ORDER)), dtype=bool)
    strong = np.zeros_like(taught)
    ranks = standings(district, policy, measures)
    for section in measures.sections:
        at = number[section.school_id], STAGE_ORDER.index(section.stage)
        taught[at] = True
        strong[at] = ranks[section.school_id, section.stage].strong
        values[at] = [np.nan if (v := section.values[name]) is None else v for name in INDICATORS]
    ratio = values / np.array([list(policy.thresholds(stage).values()) for stage in STAGE_ORDER])
    tags, tag_names = _tags(district)
    settings = tuple(Setting)
    return Schools(
        ids=tuple(number),
        taught=taught,
        strong=strong,
        lower=taught & ~strong,
        values=values,
        surplus=np.nan_to_num(np.clip(ratio - 1, 0.0, 1.0)),
        deficit=np.nan_to_num(np.clip(1 - ratio, 0.0, 1.0)),
        tags=tags,
        tag_names=tag_names,
        setting=np.array(
            [-1 if s.setting is None else settings.index(s.setting) for s in district.schools], dtype=np.int64
        ),
        lon=np.array([np.nan if s.lon is None else s.lon for s in district.schools], dtype=float),
        lat=np.array([np.nan if s.lat is None else s.lat for s in district.schools], dtype=float),
        standings=ranks,
        quality=_points(district, measures, number),
    )


def _points(district: District, measures: Measures, number: Mapping[str, int]) -> Floats:
    """Points of each school, over the known indicators of all its sections where its quality is blank."""
    known, met = np.zeros(len(number)), np.zeros(len(number))
    for section in measures.sections:
        judged = [bool(section.met[name]) for name, value in section.values.items() if value is not None]
        known[number[section.school_id]] += len(judged)
        met[number[section.school_id]] += sum(judged)
    share = np.divide(100 * met, known, out=np.full(len(number), np.nan), where=known > 0)
    return np.array(
        [share[i] if s.quality is None else s.quality for i, s in enumerate(district.schools)], dtype=float
    )


def _tags(district: District) -> tuple[Bools, tuple[str, ...]]:
    names = tuple(sorted({tag for school in district.schools for tag in school.tags}))
    column = {name: k for k, name in enumerate(names)}
    tags = np.zeros((len(district.schools), len(names)), dtype=bool)
    for i, school in enumerate(district.schools):
        tags[i, [column[tag] for tag in school.tags]] = True
    return tags, names
