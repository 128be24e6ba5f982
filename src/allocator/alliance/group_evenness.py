"""Evenness of groups, exactly linear: the spread of the mean quality where sizes are a choice themselves.

A mean is a quotient; with a 0-1 column for each number of schools of a group it becomes, for that number, a sum
over a constant. Where the column is 1, the mean lies between the two ends of the spread; elsewhere a
constant large enough frees the row.
"""

from __future__ import annotations

import numpy as np

from allocator.alliance.groups import GroupProgram
from allocator.solving.model import Floats, Ints


def add_evenness(program: GroupProgram) -> None:
    """Add the ends of the spread, and for each lead a column a number of schools with known quality."""
    known = program.quality[~np.isnan(program.quality)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    ends = program.model.add_columns(0.0, np.full(2, high - low), integer=False)
    program.evenness = int(ends[0]), int(ends[1])
    program.model.add_row(-np.inf, 0.0, ends, np.array([-1.0, 1.0]))
    for lead, own in program.own.items():
        _one_lead(program, lead, own, low, high - low)


def _one_lead(program: GroupProgram, lead: int, own: Ints, low: float, width: float) -> None:
    """The rows of one lead: its number of schools, and the mean for each number."""
    columns = np.append(own, program.heads[lead])
    points = program.quality[np.append(program.edges.member[own], lead)] - low
    there = ~np.isnan(points)
    columns, points = columns[there], points[there]
    largest = min(len(columns), program.most[lead] + int(there[-1]))
    sizes = program.binaries(largest + 1)
    model = program.model
    model.add_row(0.0, 0.0, np.append(sizes, program.heads[lead]), np.append(np.ones(largest + 1), -1.0))
    model.add_row(
        0.0, 0.0, np.append(sizes, columns), np.append(np.arange(largest + 1.0), -np.ones(len(columns)))
    )
    most = float(np.sort(points)[::-1][:largest].sum())
    top, bottom = program.evenness or (0, 0)
    for size in range(1, largest + 1):
        mean = points / size
        free = most / size
        _row(program, free, np.append(columns, (top, sizes[size])), np.append(mean, (-1.0, free)))
        _row(program, width, np.append(columns, (bottom, sizes[size])), np.append(-mean, (1.0, width)))


def _row(program: GroupProgram, most: float, columns: Ints, values: Floats) -> None:
    program.model.add_row(-np.inf, most, columns, values)


def completed(program: GroupProgram, x: Floats) -> Floats:
    """Set the columns of evenness to what follows from those of the edges; others stay."""
    full = np.concatenate((x, np.zeros(program.model.columns - len(x))))
    if program.evenness is None:
        return full
    known = program.quality[~np.isnan(program.quality)]
    low = float(known.min()) if len(known) else 0.0
    column = program.evenness[1] + 1
    means = []
    for lead, own in program.own.items():
        schools = np.append(program.edges.member[own], lead)
        there = ~np.isnan(program.quality[schools])
        largest = min(int(there.sum()), program.most[lead] + int(there[-1]))
        inside = there & (np.round(full[np.append(own, program.heads[lead])]) == 1)
        count = int(inside.sum())
        full[column : column + largest + 1] = 0.0
        full[column + count] = np.round(full[program.heads[lead]])
        if count:
            means.append(float((program.quality[schools][inside] - low).mean()))
        column += largest + 1
    full[list(program.evenness)] = (max(means), min(means)) if means else (0.0, 0.0)
    return full
