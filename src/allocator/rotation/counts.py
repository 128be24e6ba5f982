"""What the movable indicators count, before and after moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.rotation.candidates import Candidates, Classes
from allocator.rotation.facts import Facts
from allocator.solving.model import Bools, Floats, Ints


@dataclass(frozen=True)
class Flag:
    """One indicator in one stage, as the model counts it.

    Attributes
    ----------
    now
        Shape (sections,): teachers counted now; 0 outside the stage.
    leaves, enters
        Shape (columns,): whether a move takes one from the origin, brings one to the destination.
    counted
        Shape (sections,): sections of the stage with pupils, which the CV is over.
    """

    now: Ints
    leaves: Bools
    enters: Bools
    counted: Bools

    @property
    def total(self) -> int:
        """Teachers counted in the sections that the CV is over."""
        return int(self.now[self.counted].sum())


def flags(facts: Facts, groups: Classes, moves: Candidates) -> list[Flag]:
    """I1, I2, I3 of both stages, where anybody is counted."""
    arts = facts.arts_subject
    per_teacher = (facts.degree, facts.backbone, arts[facts.subject])
    leaves = (groups.degree[moves.cls], groups.backbone[moves.cls], arts[groups.subject[moves.cls]])
    enters = (leaves[0], leaves[1], arts[moves.subject])
    found = []
    for stage in np.unique(facts.section_stage):
        inside = facts.section_stage == stage
        here = inside[moves.origin]
        for teacher, out, into in zip(per_teacher, leaves, enters, strict=True):
            now = np.where(inside, np.bincount(facts.section[teacher], minlength=facts.sections), 0)
            found.append(Flag(now, out & here, into & here, inside & (facts.pupils > 0)))
    return found


@dataclass(frozen=True)
class Piece:
    """The spread of one indicator over the sections of one stage, S = sum(N_i^2 / P_i), as unit segments.

    Attributes
    ----------
    flag
        The indicator and stage.
    pupils
        Pupils of all sections counted, P.
    section, start, columns
        Shape (segments,): section, count at the lower end, and column number (0..1) of each segment.
    slope
        Shape (segments,): what filling each adds to S.
    base
        S with all segments empty.
    """

    flag: Flag
    pupils: int
    section: Ints
    start: Ints
    columns: Ints
    slope: Floats
    base: float

    def counts(self, moves: Candidates, moved: Floats) -> Ints:
        """Teachers counted in each section after the moves, shape (sections,)."""
        size = len(self.flag.now)
        into = np.bincount(moves.to, moved * self.flag.enters, size)
        out = np.bincount(moves.origin, moved * self.flag.leaves, size)
        return self.flag.now + np.round(into - out).astype(np.int64)

    def complete(self, moves: Candidates, x: Floats) -> None:
        """Fill the segments up to the counts that follow from the moves."""
        count = self.counts(moves, x[: len(moves)])
        x[self.columns] = np.clip(count[self.section] - self.start, 0.0, 1.0)
