"""Posts that a section needs, by the arithmetic of the curriculum, in whole numbers.

The figures are those of `models/policies/curricula/qingdao-9522.yaml` (a test holds that they agree); they
stand here because a district is generated without reading any file.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from allocator.domain.choices import Stage, Subject

Ints = npt.NDArray[np.int64]

PERIODS: dict[Subject, tuple[int, ...]] = {
    Subject.CHINESE: (8, 8, 7, 7, 6, 6, 5, 4, 5),
    Subject.MATH: (4, 4, 4, 4, 5, 5, 4, 4, 5),
    Subject.ENGLISH: (0, 0, 2, 2, 3, 3, 4, 4, 4),
    Subject.MORALITY: (3, 3, 3, 3, 2, 2, 2, 2, 2),
    Subject.SCIENCE: (0, 0, 2, 2, 2, 2, 0, 0, 0),
    Subject.PHYSICS: (0, 0, 0, 0, 0, 0, 0, 2, 3),
    Subject.CHEMISTRY: (0, 0, 0, 0, 0, 0, 0, 0, 3),
    Subject.BIOLOGY: (0, 0, 0, 0, 0, 0, 3, 3, 0),
    Subject.HISTORY: (0, 0, 0, 0, 0, 0, 2, 2, 2),
    Subject.GEOGRAPHY: (0, 0, 0, 0, 0, 0, 2, 2, 0),
    Subject.MUSIC: (2, 2, 2, 2, 2, 2, 1, 1, 1),
    Subject.ART: (2, 2, 2, 2, 2, 2, 1, 1, 1),
    Subject.PE: (4, 4, 3, 3, 3, 3, 3, 3, 3),
    Subject.ICT: (0, 0, 1, 1, 1, 1, 1, 1, 0),
    Subject.LABOUR: (3, 3, 4, 4, 4, 4, 6, 5, 5),
}
"""Weekly periods a class, grades 1 to 9."""

LOADS: dict[Stage, dict[Subject, int]] = {
    Stage.PRIMARY: {
        Subject.CHINESE: 15,
        Subject.MATH: 15,
        Subject.ENGLISH: 17,
        Subject.MORALITY: 17,
        Subject.SCIENCE: 17,
        Subject.PE: 17,
        Subject.MUSIC: 19,
        Subject.ART: 19,
        Subject.ICT: 19,
        Subject.LABOUR: 19,
    },
    Stage.JUNIOR: {
        Subject.CHINESE: 11,
        Subject.MATH: 11,
        Subject.ENGLISH: 11,
        Subject.PHYSICS: 11,
        Subject.CHEMISTRY: 11,
        Subject.BIOLOGY: 11,
        Subject.MORALITY: 13,
        Subject.HISTORY: 13,
        Subject.GEOGRAPHY: 13,
        Subject.MUSIC: 15,
        Subject.ART: 15,
        Subject.PE: 15,
        Subject.ICT: 15,
        Subject.LABOUR: 15,
    },
}
"""Weekly periods of a full-time teacher."""

HEAD_TEACHER_SUBJECTS = (Subject.CHINESE, Subject.MATH)
SUBJECTS: tuple[Subject, ...] = tuple(PERIODS)
ARTS = (Subject.PE, Subject.MUSIC, Subject.ART)
GRADES = {Stage.PRIMARY: slice(0, 6), Stage.JUNIOR: slice(6, 9)}


def posts_of(classes: npt.NDArray[Any], stage: Stage) -> Ints:
    """Posts by subject from classes by grade.

    Parameters
    ----------
    classes
        Classes of each section and grade of the stage, shape (sections, 6 or 3).

    Returns
    -------
    Posts, shape (sections, len(SUBJECTS)): periods / load, head teachers' half load shared by Chinese and
    mathematics, rounded half up, at least 1 where the subject is taught.
    """
    out = np.zeros((len(classes), len(SUBJECTS)), dtype=np.int64)
    for column, subject in enumerate(SUBJECTS):
        load = LOADS[stage].get(subject)
        if load is None:
            continue
        periods = classes @ np.array(PERIODS[subject][GRADES[stage]])
        quarter_loads = classes.sum(axis=1) if subject in HEAD_TEACHER_SUBJECTS else 0
        # floor(periods / load + quarter_loads / 4 + 1/2), without fractions
        posts = (4 * periods + quarter_loads * load + 2 * load) // (4 * load)
        out[:, column] = np.where(periods > 0, np.maximum(posts, 1), 0)
    return out
