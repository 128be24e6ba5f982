"""Teachers as arrays: how many, who they are, what they are called on to do.

Head counts follow the posts with a surplus in urban and a shortage in rural schools; backbone teachers gather
in strong schools. Calibrated so that about 8 % of posts are unfilled, 45 % of teachers are eligible under the
default profile and the weighted CV of I2 lies between 0.6 and 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocator.domain.choices import Backbone, Degree, Gender, Role, Stage, Title
from allocator.generation.geography import Floats, Ints
from allocator.generation.needs import HEAD_TEACHER_SUBJECTS, SUBJECTS
from allocator.generation.options import Options, Streams
from allocator.generation.schools import SchoolArrays

Bools = npt.NDArray[np.bool_]

STAGES = (Stage.PRIMARY, Stage.JUNIOR)
GENDERS = (Gender.M, Gender.F)
DEGREES = tuple(Degree)
TITLES = tuple(Title)
BACKBONES = tuple(Backbone)
ROLES = tuple(Role)

STAFFED = (1.04, 0.965, 0.87)
"""Teachers a post by setting: urban, town, village."""
WOMEN = (0.74, 0.62)
"""Share of women, primary and junior."""
ABOVE_DEGREE = ((0.985, 0.955, 0.90), (0.95, 0.88, 0.79))
"""Share of teachers above the required degree, by stage and setting."""
EXEMPT_SHARE = 0.05
VOLUNTEER_SHARE = 0.03
GRADUATING_SHARE = 0.28
"""Share of junior teachers who teach grade 9."""
BACKBONE_PULL = 0.7
"""How strongly backbone teachers gather in strong schools."""


@dataclass(slots=True)
class StaffArrays:
    """Columns of all teachers, ordered by school, stage and subject.

    `school` and `subject` are row numbers; `stage`, `gender`, `degree`, `title`, `backbone` and `role` index
    the tuples of this module. `age` and `tenure` are months as of the reference date.
    """

    school: Ints
    stage: Ints
    subject: Ints
    gender: Ints
    age: Ints
    tenure: Ints
    degree: Ints
    title: Ints
    backbone: Ints
    role: Ints
    terms: Ints
    exempt: Bools
    volunteer: Bools
    graduating: Bools

    def __len__(self) -> int:
        return len(self.school)


def make_staff(schools: SchoolArrays, options: Options, streams: Streams) -> StaffArrays:
    """Draw all teachers."""
    school, stage, subject = _heads(schools, streams("heads"))
    gender = (streams("gender").random(len(school)) < np.array(WOMEN)[stage]).astype(np.int64)
    age = _ages(gender, streams("age"))
    tenure = _tenures(age, schools.opened[school], options, streams("tenure"))
    degree = _degrees(stage, schools.setting[school], age, streams("degree"))
    title = _titles(age, streams("title"))
    backbone = _backbones(schools.strength[school], age, title, options, streams("backbone"))
    role = _roles(school, stage, subject, age, schools, streams("role"))
    rng = streams("flags")
    exempt = rng.random(len(school)) < EXEMPT_SHARE
    volunteer = ~exempt & (rng.random(len(school)) < VOLUNTEER_SHARE)
    graduating = (stage == 1) & (rng.random(len(school)) < GRADUATING_SHARE)
    terms = np.minimum(tenure // 48, rng.integers(0, 4, len(school)))
    return StaffArrays(
        school, stage, subject, gender, age, tenure, degree, title, backbone, role, terms,
        exempt, volunteer, graduating,
    )  # fmt: skip


def _heads(schools: SchoolArrays, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """School, stage and subject of every teacher."""
    posts = np.stack([schools.posts[stage] for stage in STAGES], axis=1)
    staffed = np.array(STAFFED)[schools.setting] + 0.015 * schools.strength
    wanted = posts * staffed[:, None, None] + rng.normal(0, 0.28, posts.shape) * np.sqrt(posts)
    heads = np.where(posts > 0, np.floor(np.maximum(wanted, 0) + rng.random(posts.shape)), 0).astype(np.int64)
    school, stage, subject = (np.repeat(axis.ravel(), heads.ravel()) for axis in np.indices(posts.shape))
    return school, stage, subject


def _ages(gender: Ints, rng: np.random.Generator) -> Ints:
    """Ages in months: 22 to 59 (men) or 54 (women)."""
    span = np.where(gender == 0, 37.5, 32.5) * 12
    return np.asarray(22 * 12 + span * rng.beta(1.7, 2.0, len(gender)), dtype=np.int64)


def _tenures(age: Ints, opened: Ints, options: Options, rng: np.random.Generator) -> Ints:
    """Months at the present school; most arrive in August or September."""
    career = age - 22 * 12
    settled = rng.random(len(age)) < 0.34
    years = career * np.where(settled, rng.uniform(0.85, 1.0, len(age)), rng.random(len(age))) / 12
    years = np.minimum(np.floor(years), np.maximum(options.year - opened, 0))
    late = rng.choice([0, 1, 6], len(age), p=[0.35, 0.55, 0.10])
    return np.asarray(np.maximum(years * 12 - late, 0), dtype=np.int64)


def _degrees(stage: Ints, setting: Ints, age: Ints, rng: np.random.Generator) -> Ints:
    """Degrees: the older and the more rural, the lower."""
    count = len(stage)
    above = np.array(ABOVE_DEGREE)[stage, setting] - np.where(age > 48 * 12, 0.06, -0.015)
    lowest = np.array([DEGREES.index(Degree.ASSOCIATE), DEGREES.index(Degree.BACHELOR)])[stage]
    master = (rng.random(count) < np.array([0.14, 0.06, 0.02])[setting]) & (age < 45 * 12)
    bachelor = rng.random(count) < np.where(age > 45 * 12, 0.5, 0.8)
    degree = np.where(bachelor, np.maximum(lowest, 2), lowest)
    degree = np.where(master, DEGREES.index(Degree.MASTER), degree)
    return np.where(rng.random(count) < above, degree, lowest - 1)


def _titles(age: Ints, rng: np.random.Generator) -> Ints:
    """Titles rise with age."""
    score = (age / 12 - 24) / 7 + rng.normal(0, 0.6, len(age))
    title = np.clip(np.floor(score) + 1, 0, 4).astype(np.int64)
    top = (title == 4) & (rng.random(len(age)) < 0.02)
    return np.where(top, 5, title)


def _backbones(strength: Floats, age: Ints, title: Ints, options: Options, rng: np.random.Generator) -> Ints:
    """Backbone levels: the given share at county level or higher, gathered in strong schools."""
    score = (
        rng.normal(0, 1, len(age)) + BACKBONE_PULL * strength + 0.3 * title - np.where(age < 27 * 12, 3.0, 0)
    )
    order = np.argsort(-score, kind="stable")
    rank = np.empty(len(age))
    rank[order] = np.arange(len(age)) / len(age)
    share = options.backbone_share
    cuts = np.array([0.06, 0.28, 1.0, 1.7]) * share
    return 4 - np.searchsorted(cuts, rank, side="right")


def _roles(
    school: Ints, stage: Ints, subject: Ints, age: Ints, schools: SchoolArrays, rng: np.random.Generator
) -> Ints:
    """One principal a school, vice principals by size, subject leaders, head teachers."""
    role = np.zeros(len(school), dtype=np.int64)
    chosen = rng.random(len(school))
    seniority = chosen + np.where((age > 38 * 12) & (age < 54 * 12), 1, 0)
    head_subjects = np.array([s in HEAD_TEACHER_SUBJECTS for s in SUBJECTS])[subject]
    classes = schools.classes.sum(axis=1)
    rank = _rank_within(school, seniority)
    role[rank == 0] = ROLES.index(Role.PRINCIPAL)
    role[(rank > 0) & (rank <= 1 + (classes > 12)[school] + (classes > 30)[school])] = ROLES.index(
        Role.VICE_PRINCIPAL
    )
    free = role == 0
    group = (school * 2 + stage) * len(SUBJECTS) + subject
    sizes = np.bincount(group)[group]
    leader = free & (sizes >= 3) & (_rank_within(group, np.where(free, chosen, -1)) == 0)
    role[leader] = ROLES.index(Role.SUBJECT_LEADER)
    ready = (role == 0) & head_subjects
    head = ready & (_rank_within(school, np.where(ready, chosen, -1)) < classes[school])
    role[head] = ROLES.index(Role.HEAD_TEACHER)
    return role


def _rank_within(group: Ints, score: Floats) -> Ints:
    """Rank of each row inside its group, 0 for the highest score."""
    order = np.lexsort((-score, group))
    first = np.searchsorted(group[order], group[order])
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - first
    return rank
