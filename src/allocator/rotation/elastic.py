"""The rules as they give way, one function a rule: which columns say that it is broken, and at what price.

The model is built without the elastic rules (their columns exist, their rows do not); a rule that is about
single moves puts a price on the moves that break it, any other gets rows with slack columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

from allocator.domain.choices import LockAction
from allocator.domain.conflict import Element
from allocator.domain.policy import exact
from allocator.domain.records import Lock
from allocator.rotation.candidates import Candidates, Classes, apart_km, columns_of, partners
from allocator.rotation.facts import SUBJECTS, Facts
from allocator.rotation.places import places
from allocator.rotation.problem import Problem
from allocator.rotation.rules import least_share, quota_limits
from allocator.rotation.slacks import NO_COLUMNS, Slacks
from allocator.rotation.wishes import ranked_above_home
from allocator.solving.model import Bools, Entries, Floats, Ints

QUOTAS = frozenset({"R6", "R7", "R9"})
"""Rules about the plan as a whole."""


@dataclass(frozen=True)
class Block:
    """How one rule gives way.

    Attributes
    ----------
    rule
        Its id.
    columns, price
        Columns that say it is broken (slacks or moves), and the price of each by one unit.
    part
        Number of the element that each column belongs to.
    elements
        The parts that could be kept or dropped one by one; a single one stands for the whole rule.
    """

    rule: str
    columns: Ints
    price: Floats
    part: Ints
    elements: tuple[Element, ...]


@dataclass(frozen=True)
class Case:
    """What the functions below work on. Where `counted`, a breach counts 1 whatever the kilometres."""

    problem: Problem
    slacks: Slacks
    counted: bool

    @property
    def facts(self) -> Facts:
        """The district as arrays."""
        return self.problem.facts

    @property
    def moves(self) -> Candidates:
        """The move columns."""
        return self.problem.moves

    @property
    def groups(self) -> Classes:
        """The classes of teachers."""
        return self.problem.groups

    def price(self, rule: str) -> float:
        """Price of one unit of breach."""
        return float(getattr(self.facts.policy.elastic, rule))

    def of_moves(self, rule: str, price: Floats) -> Block:
        """Put a price on the moves that break a rule."""
        columns = np.flatnonzero(price)
        return _whole(rule, columns, price[columns])

    def of_slacks(self, rule: str, *columns: Ints) -> Block:
        """Put the rule's price on slack columns."""
        every = np.concatenate(columns)
        return _whole(rule, every, np.full(len(every), self.price(rule)))


def _whole(rule: str, columns: Ints, price: Floats) -> Block:
    return Block(rule, columns, price, np.zeros(len(columns), dtype=np.int64), (Element(rule, rule, "rule"),))


def _r2(case: Case) -> Block:
    """R2: moves of teachers who are not eligible; classes never mix them with eligible ones."""
    eligible = np.zeros(len(case.groups.size), dtype=bool)
    movable = case.groups.of_teacher >= 0
    eligible[case.groups.of_teacher[movable]] = case.facts.eligible[movable]
    return case.of_moves("R2", case.price("R2") * ~eligible[case.moves.cls])


def _r3(case: Case) -> Block:
    """R3: moves to a section without posts in the subject."""
    without = case.facts.posts[case.moves.to, case.moves.subject] == 0
    return case.of_moves("R3", case.price("R3") * without)


def _r4(case: Case) -> Block:
    """R4: teachers short of the lower or beyond the upper limit of a section and subject."""
    facts, moves, staff = case.facts, case.moves, case.problem.staffing
    width = len(SUBJECTS)
    out_of = moves.origin * width + case.groups.subject[moves.cls]
    touched = np.unique(np.concatenate((moves.to * width + moves.subject, out_of)))
    h, p = (counts.reshape(-1)[touched].astype(float) for counts in (facts.heads, facts.posts))
    tolerance = facts.policy.rotation.staffing_tolerance
    lower, upper = np.maximum(0.0, np.minimum(h, p) - tolerance), np.maximum(h, p) + tolerance
    low = np.flatnonzero(lower > 0)
    few, many = Entries(), Entries()
    few.add(np.arange(len(low)), staff.short[low], -1.0)
    many.add(np.arange(len(touched)), staff.over, -1.0)
    short = case.slacks.at_least((lower - p)[low], few, lower[low])
    over = case.slacks.at_least(p - upper, many, np.full(len(touched), float(len(facts.section))))
    columns = np.concatenate((short, over))
    part = np.concatenate((low, np.arange(len(touched))))
    elements = tuple(_cell(facts, *divmod(int(cell), width)) for cell in touched)
    return Block("R4", columns, np.full(len(columns), case.price("R4")), part, elements)


def _cell(facts: Facts, section: int, subject: int) -> Element:
    school, stage = facts.district.sections[section]
    taught = SUBJECTS[subject]
    params = {"school": school, "stage": stage, "taught": taught}
    return Element("R4", f"{school}/{stage.value}/{taught.value}", "staffing", params)


def _section(facts: Facts, rule: str, key: str, section: int) -> Element:
    school, stage = facts.district.sections[section]
    return Element(rule, f"{school}/{stage.value}", key, {"school": school, "stage": stage})


def _r5(case: Case) -> Block:
    """R5: teachers who leave a section beyond its limit."""
    facts, moves = case.facts, case.moves
    sizes = facts.heads.sum(axis=1)
    share = exact(facts.policy.rotation.max_outflow_share)
    limit = np.array([max(1, floor(share * int(n))) for n in sizes], dtype=float)
    entries = Entries()
    entries.add(moves.origin, np.arange(len(moves)), -1.0)
    columns = case.slacks.at_least(-limit, entries, sizes.astype(float))
    elements = tuple(_section(facts, "R5", "outflow", s) for s in range(facts.sections))
    return Block("R5", columns, np.full(len(columns), case.price("R5")), np.arange(len(columns)), elements)


def _r6(case: Case) -> Block:
    """R6: moves too few or too many."""
    least, most = quota_limits(case.facts)
    every = np.arange(len(case.moves))
    both = Entries()
    both.add(np.zeros_like(every), every, 1.0)
    both.add(np.ones_like(every), every, -1.0)
    room = np.array([float(least), float(len(case.facts.section))])
    return case.of_slacks("R6", case.slacks.at_least(np.array([float(least), -float(most)]), both, room))


def _r7(case: Case) -> Block:
    """R7: backbone teachers missing among the moved, or of the eligible backbone teachers."""
    facts, rotation = case.facts, case.facts.policy.rotation
    share = exact(rotation.min_backbone_share)
    backbone = case.groups.backbone[case.moves.cls]
    if rotation.backbone_base == "moved":
        return _share_block(case, "R7", backbone, share)
    least = float(ceil(share * int((facts.eligible & facts.backbone).sum())))
    entries = Entries()
    columns = np.flatnonzero(backbone)
    entries.add(np.zeros_like(columns), columns, 1.0)
    return case.of_slacks("R7", case.slacks.at_least(np.array([least]), entries, np.array([least])))


def _share_block(case: Case, rule: str, counted: Bools, share: Fraction) -> Block:
    """Ask for q x counted + q x slack >= p x all moves, share p/q; the slack is the whole number missing."""
    most = max(1, len(case.facts.section))
    share = least_share(share, most)
    values = share.denominator * counted.astype(float) - share.numerator
    weight = float(share.denominator)
    return case.of_slacks(rule, case.slacks.share(values, weight, float(most), integer=not case.counted))


def _r8(case: Case) -> Block:
    """R8: kilometres and minutes beyond the limits."""
    facts, moves, prices = case.facts, case.moves, case.facts.policy.elastic
    pair = facts.section_school[moves.origin], facts.section_school[moves.to]
    km, minutes = facts.places.km[pair], facts.places.minutes[pair]
    beyond = _beyond(km, facts.policy.rotation.max_km, prices.unknown_km)
    price = prices.R8 * beyond
    if facts.policy.rotation.max_minutes is not None:
        price = price + prices.R8_minutes * _beyond(minutes, facts.policy.rotation.max_minutes, 0.0)
    return case.of_moves("R8", (price > 0).astype(float) if case.counted else price)


def _beyond(values: Floats, limit: float, unknown: float) -> Floats:
    """By how much values exceed a limit, to the third decimal; unknown ones by a given amount."""
    beyond: Floats = np.maximum(0.0, np.round(values - limit, 3))
    return np.where(np.isfinite(values), beyond, unknown)


def _r9(case: Case) -> Block:
    """R9: moves missing to a school of lower quality."""
    facts, moves = case.facts, case.moves
    quality = facts.quality
    down = quality[facts.section_school[moves.to]] < quality[facts.section_school[moves.origin]]
    return _share_block(case, "R9", down, exact(facts.policy.rotation.min_down_share))


def _r10(case: Case) -> Block:
    """R10: sections that lose their last backbone teacher."""
    facts, moves = case.facts, case.moves
    now = np.bincount(facts.section[facts.backbone], minlength=facts.sections)
    has = np.flatnonzero(now > 0)
    row = np.full(facts.sections, -1)
    row[has] = np.arange(len(has))
    columns = np.flatnonzero(case.groups.backbone[moves.cls])
    entries = Entries()
    for section, sign in ((moves.to, 1.0), (moves.origin, -1.0)):
        at = row[section[columns]]
        entries.add(at[at >= 0], columns[at >= 0], sign)
    added = case.slacks.at_least((1 - now[has]).astype(float), entries, np.ones(len(has)))
    elements = tuple(_section(facts, "R10", "backbone", int(s)) for s in has)
    return Block("R10", added, np.full(len(added), case.price("R10")), np.arange(len(added)), elements)


def _r11(case: Case) -> Block:
    """R11: locks, one by one."""
    facts = case.facts
    locks = dict.fromkeys((k.teacher_id, k.action, k.school_id) for k in facts.district.locks)
    rows = [Lock(teacher_id=t, action=a, school_id=s) for t, a, s in locks]
    columns = [_lock_columns(case, lock) for lock in rows]
    part = np.repeat(np.arange(len(rows)), [len(c) for c in columns])
    every = np.concatenate([NO_COLUMNS, *columns])
    return Block("R11", every, np.full(len(every), case.price("R11")), part, tuple(map(_lock, rows)))


def _lock(lock: Lock) -> Element:
    params = {"teacher": lock.teacher_id, "school": lock.school_id or ""}
    return Element("R11", lock.teacher_id, f"lock_{lock.action.value}", params)


def _lock_columns(case: Case, lock: Lock) -> Ints:
    """Columns that say that a lock is broken: a move against it, or a slack where a move is missing."""
    facts = case.facts
    group = case.groups.of_teacher[facts.teacher_number[lock.teacher_id]]
    mine = columns_of(case.moves.cls, int(group))
    # A school beside `stay` or `move` says nothing.
    if lock.school_id is not None and lock.action in (LockAction.TO, LockAction.NOT_TO):
        mine = mine[facts.section_school[case.moves.to[mine]] == facts.school_number[lock.school_id]]
    if lock.action in (LockAction.STAY, LockAction.NOT_TO):
        return mine
    entries = Entries()
    entries.add(np.zeros_like(mine), mine, 1.0)
    return case.slacks.at_least(np.ones(1), entries, np.ones(1))


def _r12(case: Case) -> Block:
    """R12: kilometres between partners beyond the limit, couple by couple."""
    facts = case.facts
    beyond = _beyond(apart_km(facts), facts.policy.rotation.max_partner_km, facts.policy.elastic.unknown_km)
    beyond = (beyond > 0).astype(float) if case.counted else beyond
    columns, prices, part = [NO_COLUMNS], [np.zeros(0)], [NO_COLUMNS]
    elements: list[Element] = []
    for pair in partners(facts):
        found, units = _couple_columns(case, beyond, pair)
        columns.append(found)
        prices.append(units * case.price("R12"))
        part.append(np.full(len(found), len(elements)))
        one, other = sorted(facts.district.teachers[i].teacher_id for i in pair)
        elements.append(Element("R12", f"{one};{other}", "couple", {"one": one, "other": other}))
    return Block("R12", np.concatenate(columns), np.concatenate(prices), np.concatenate(part), tuple(elements))


def _couple_columns(case: Case, beyond: Floats, pair: tuple[int, int]) -> tuple[Ints, Floats]:
    """Columns that say how far a couple is apart beyond the limit, and their units."""
    facts, moves = case.facts, case.moves
    groups = [case.groups.of_teacher[i] for i in pair]
    home = facts.section_school[facts.section[pair[0]]]
    # No column has class -1, that of those who cannot move.
    one, other = (columns_of(moves.cls, int(group)) for group in groups)
    if not (len(one) and len(other)):
        alone = np.concatenate((one, other))
        units = beyond[home, facts.section_school[moves.to[alone]]]
        return alone[units > 0], units[units > 0]
    if not beyond.any():
        return NO_COLUMNS, np.zeros(0)
    return _both_move(case, beyond, home, one, other), np.ones(1)


def _both_move(case: Case, beyond: Floats, home: int, one: Ints, other: Ints) -> Ints:
    """Slack g >= the distance beyond the limit, whichever schools both end at.

    With C the matrix of distances beyond the limit and x, y the moves of both: for each destination a of
    one, g >= C[a, home] (1 - sum y) + sum_b C[a, b] y_b - M_a (1 - x_a); if that one stays,
    g >= sum_b C[home, b] y_b - M sum x. M_a and M are the largest values of C in their rows.
    """
    school = case.facts.section_school[case.moves.to]
    entries, least = Entries(), [0.0]
    stays = beyond[home, school[other]]
    entries.add(np.zeros_like(other), other, -stays)
    entries.add(np.zeros_like(one), one, stays.max())
    for row, column in enumerate(one, start=1):
        away, left = beyond[school[column], school[other]], beyond[school[column], home]
        most = max(away.max(), left)
        entries.add(np.full_like(other, row), other, left - away)
        entries.add(np.array([row]), np.array([column]), -most)
        least.append(left - most)
    return case.slacks.together(np.array(least), entries, float(beyond.max()))


def _r13(case: Case) -> Block:
    """R13: moves out of scope."""
    facts, moves = case.facts, case.moves
    inside = places(facts.district, facts.policy.with_rules({"R13"})).allowed
    outside = ~inside[facts.section_school[moves.origin], facts.section_school[moves.to]]
    return case.of_moves("R13", case.price("R13") * outside.astype(float))


def _r14(case: Case) -> Block:
    """R14: principals missing at schools that lose one."""
    facts, moves = case.facts, case.moves
    columns = np.flatnonzero(case.groups.principal[moves.cls])
    entries = Entries()
    entries.add(facts.section_school[moves.to[columns]], columns, 1.0)
    entries.add(facts.section_school[moves.origin[columns]], columns, -1.0)
    schools = facts.district.schools
    principals = np.bincount(facts.section_school[facts.section[facts.principal]], minlength=len(schools))
    added = case.slacks.at_least(np.zeros(len(schools)), entries, principals.astype(float))
    elements = tuple(Element("R14", s.school_id, "principal", {"school": s.school_id}) for s in schools)
    return Block("R14", added, np.full(len(added), case.price("R14")), np.arange(len(added)), elements)


def _r16(case: Case) -> Block:
    """R16: moves of those who stated wishes, and did not volunteer, below the present school."""
    facts, moves = case.facts, case.moves
    price = np.zeros(len(moves))
    for teacher, above in ranked_above_home(facts).items():
        mine = columns_of(moves.cls, int(case.groups.of_teacher[teacher]))
        if len(mine) and not facts.district.teachers[teacher].volunteer:
            below = ~np.isin(facts.section_school[moves.to[mine]], above)
            price[mine] = case.price("R16") * below
    return case.of_moves("R16", price)


GIVE_WAY: Mapping[str, Callable[[Case], Block]] = {
    "R2": _r2,
    "R3": _r3,
    "R4": _r4,
    "R5": _r5,
    "R6": _r6,
    "R7": _r7,
    "R8": _r8,
    "R9": _r9,
    "R10": _r10,
    "R11": _r11,
    "R12": _r12,
    "R13": _r13,
    "R14": _r14,
    "R16": _r16,
}
