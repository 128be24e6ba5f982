"""R4 and the staffing level: one balance row per section and subject serves both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.rotation.candidates import Candidates, Classes
from allocator.rotation.facts import SUBJECTS, Facts
from allocator.solving.model import Entries, Floats, Ints, LinearModel


@dataclass(frozen=True)
class Staffing:
    """Columns of the staffing level.

    Attributes
    ----------
    short, over
        Column numbers of unfilled posts and of teachers beyond the posts, one a section and subject that some
        move touches.
    into, out_of
        Shape (moves,): which of those each move enters and leaves.
    missing
        Posts less teachers now, one each.
    constant
        Unfilled posts where no move can change anything.
    """

    short: Ints
    over: Ints
    into: Ints
    out_of: Ints
    missing: Floats
    constant: int

    def complete(self, x: Floats) -> None:
        """Set the slack columns that follow from the moves."""
        moved = x[: len(self.into)]
        arrived = np.bincount(self.into, moved, len(self.short)) - np.bincount(
            self.out_of, moved, len(self.short)
        )
        missing = self.missing - arrived
        x[self.short] = np.maximum(0.0, missing)
        x[self.over] = np.maximum(0.0, -missing)


def staffing_limits(facts: Facts) -> tuple[Floats, Floats]:
    """R4: least and most teachers, shape (sections, subjects); no limits in effect where the rule is off."""
    h, p = facts.heads.astype(float), facts.posts.astype(float)
    if not facts.policy.active("R4"):
        return np.zeros(h.shape), h + len(facts.section)
    tolerance = facts.policy.rotation.staffing_tolerance
    return np.maximum(0.0, np.minimum(h, p) - tolerance), np.maximum(h, p) + tolerance


def staffing(model: LinearModel, facts: Facts, groups: Classes, moves: Candidates) -> Staffing:
    """Add `heads + in - out = posts - short + over`, the slacks bounded by R4.

    R4 asks for min(heads, posts) - tolerance <= after <= max(heads, posts) + tolerance, so
    short <= posts - lower limit and over <= upper limit - posts.
    """
    width = len(SUBJECTS)
    into = moves.to * width + moves.subject
    out_of = moves.origin * width + groups.subject[moves.cls]
    touched = np.unique(np.concatenate((into, out_of)))
    heads, posts = facts.heads.reshape(-1), facts.posts.reshape(-1)
    h, p = heads[touched].astype(float), posts[touched].astype(float)
    lower, upper = (limit.reshape(-1)[touched] for limit in staffing_limits(facts))
    short = model.add_columns(0.0, p - np.minimum(lower, p), implied=True)
    over = model.add_columns(0.0, np.maximum(upper, p) - p, implied=True)
    entries = Entries()
    columns = np.arange(len(moves))
    into, out_of = np.searchsorted(touched, into), np.searchsorted(touched, out_of)
    entries.add(into, columns, 1.0)
    entries.add(out_of, columns, -1.0)
    entries.add(np.arange(len(touched)), short, 1.0)
    entries.add(np.arange(len(touched)), over, -1.0)
    model.add_rows(p - h, p - h, entries)
    unfilled = np.maximum(0, posts - heads)
    unfilled[touched] = 0
    return Staffing(short, over, into, out_of, p - h, int(unfilled.sum()))
