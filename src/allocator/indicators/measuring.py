"""All indicators of a district, before or after a plan."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.domain.measures import INDICATORS, CountyMeasure, Measures, SectionMeasure
from allocator.domain.plan import Move
from allocator.domain.policy import Policy
from allocator.indicators.inequality import Floats, gini, mcloone, theil, weighted_cv, weighted_mean
from allocator.indicators.sections import Sections, collect
from allocator.indicators.verdicts import reaches, section_verdicts, within


def measure(district: District, policy: Policy, moves: Sequence[Move] = ()) -> Measures:
    """Measure the seven indicators of every section, and their spread in each stage.

    Parameters
    ----------
    moves
        A plan; a moved teacher counts at the school taught at after it.

    Returns
    -------
    Measures
        Sections in the order of the district; county figures by stage and indicator, sections with fewer
        than 1 pupil or an unknown value left out. The assets of a nine-year school are split between its
        sections by weighted pupils.
    """
    sections = collect(district, policy, moves)
    return measures_of(sections, sections.values, policy)


def measures_of(sections: Sections, values: Floats, policy: Policy) -> Measures:
    """Measures of given values, shape (n, 7), NaN where unknown."""
    return Measures(_section_measures(sections, values, policy), _county_measures(sections, values, policy))


def _section_measures(sections: Sections, values: Floats, policy: Policy) -> tuple[SectionMeasure, ...]:
    thresholds = thresholds_of(sections, policy)
    verdicts = section_verdicts(values / thresholds, policy.indicators)
    known, met = _known(values, values), _known(values, reaches(values, thresholds))
    rows = zip(
        sections.keys, sections.pupils.tolist(), sections.teachers.tolist(), known, met, verdicts, strict=True
    )
    return tuple(
        SectionMeasure(
            school_id=school_id,
            stage=stage,
            pupils=None if isnan(pupils) else int(pupils),
            teachers=teachers,
            values=dict(zip(INDICATORS, own, strict=True)),
            met=dict(zip(INDICATORS, reached, strict=True)),
            passed=passed,
        )
        for (school_id, stage), pupils, teachers, own, reached, passed in rows
    )


def thresholds_of(sections: Sections, policy: Policy) -> Floats:
    """Shape (n, 7): the thresholds of each section's stage."""
    rows = {stage: list(policy.thresholds(stage).values()) for stage in Stage}
    return np.array([rows[stage] for _, stage in sections.keys], dtype=float).reshape(-1, len(INDICATORS))


def _known(values: Floats, told: NDArray[Any]) -> list[list[Any]]:
    """What is told of each value, by rows; None where the value is unknown."""
    cells = told.astype(object)
    cells[np.isnan(values)] = None
    found: list[list[Any]] = cells.tolist()
    return found


def _county_measures(sections: Sections, values: Floats, policy: Policy) -> tuple[CountyMeasure, ...]:
    stages = np.array([stage.value for _, stage in sections.keys], dtype=str)
    return tuple(
        _county_measure(stage, indicator, values[rows, k], sections.pupils[rows], policy)
        for stage in Stage
        for rows in [np.flatnonzero(stages == stage.value)]
        for k, indicator in enumerate(INDICATORS)
    )


def _county_measure(
    stage: Stage, indicator: str, values: Floats, pupils: Floats, policy: Policy
) -> CountyMeasure:
    """Spread of one indicator over the sections of one stage."""
    known = ~np.isnan(values)
    x, p = values[known], pupils[known]
    cv, limit = weighted_cv(x, p), policy.cv_limit(stage)
    return CountyMeasure(
        stage=stage,
        indicator=indicator,
        counted=len(x),
        mean=weighted_mean(x, p),
        cv=cv,
        limit=limit,
        met=None if cv is None else within(cv, limit),
        gini=gini(x, p),
        theil=theil(x, p),
        mcloone=mcloone(x, p),
    )
