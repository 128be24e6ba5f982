"""The joint model: the rules of rotation, the verdict of every section, the CV limits, and what it costs.

On top of the columns and rows of a rotation plan (`rotation.problem`) it has, for section s, indicator k:

    m_sk   1 if the threshold is reached, 0 if the least part of it is enough        (verdicts: sum_k m_sk)
    h_sk   teachers missing to what m_sk asks for, I1-I3
    v_k    CV^2 above its limit, I1-I3 in one stage
    y_ik   money for the school, I4-I7, in units of 10,000 yuan
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from allocator.domain.policy import exact
from allocator.funding.planes import Plane
from allocator.reaching.needs import PURPOSES, STAFF, Needs
from allocator.reaching.purses import Money
from allocator.rotation.balance import Balance, balance
from allocator.rotation.counts import Flag, flags
from allocator.rotation.facts import STAGES, Facts
from allocator.rotation.problem import BALANCE_SCALE, Problem
from allocator.solving.levels import Objective
from allocator.solving.model import INFINITY, Bools, Entries, Floats, Ints

YUAN = 1e4
"""Yuan in one unit of the money columns: keeps coefficients around 1..1e4."""
LEVELS = ("missing", "excess", "cost")


@dataclass
class ReachModel:
    """Columns of the joint model.

    Attributes
    ----------
    flags
        I1-I3 of each stage, in the order of `flags`; flag f is indicator f % 3.
    met
        Shape (n, 7): column of m; -1 where there is no choice.
    short
        Shape (n, 3): column of h; -1 for sections without pupils.
    excess
        Column of v of each piece and moving mean of the balance, in their order.
    money
        Shape (schools, 4): column of y.
    """

    problem: Problem
    needs: Needs
    move_yuan: float
    flags: list[Flag]
    met: Ints
    short: Ints
    money: Ints
    excess: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    spread: list[tuple[Ints, Floats, float]] = field(default_factory=list)
    """Columns, factors and constant of each CV^2 - limit^2, in the order of `excess`."""

    @property
    def facts(self) -> Facts:
        """The rotation's facts."""
        return self.problem.facts

    def objective(self, level: str) -> Objective:
        """Objective of a level."""
        cost = np.zeros(self.problem.model.columns)
        tie = cost.copy()
        moves = self.problem.moves
        tie[: len(moves)] = 1e-3 * moves.km
        if level == "missing":
            cost[self.short[self.short >= 0]] = 1.0
            return Objective("reach.missing", cost, 0.0, 1.0, 1.0, whole=True, tie=tie, ladder=(1e2, 1.0))
        if level == "excess":
            cost[self.excess] = 1.0
            return Objective("reach.excess", cost, 0.0, BALANCE_SCALE, 0.01, tie=tie, ladder=(1e2, 1.0))
        if level == "below":
            columns = self.met[:, :STAFF][self.met[:, :STAFF] >= 0]
            cost[columns] = -1.0
            return Objective("reach.below", cost, float(len(columns)), 1.0, 1.0, whole=True, tie=tie)
        cost[: len(moves)] = self.move_yuan
        cost[self.money.reshape(-1)] = YUAN
        return Objective("reach.cost", cost, 0.0, 1 / YUAN, 1.0)

    def hold(self, level: str, value: float) -> None:
        """Hold a level to its best value, without slack.

        The number of teachers has none either, though it is whole: half a teacher to spare spreads over many
        sections in a relaxation and spares money at each, which no whole plan can.
        """
        goal = self.objective(level)
        columns = np.flatnonzero(goal.cost)
        if value < 1e-9 and goal.cost[columns].min(initial=0.0) >= 0:
            # As bounds: a row with a right side next to 0 is at the mercy of a solver's tolerances.
            self.problem.model.upper = self.problem.model.upper.copy()
            self.problem.model.upper[columns] = 0.0
            return
        most = (value - goal.constant + (0.0 if goal.whole else 1e-12)) * goal.scale
        self.problem.model.add_row(-INFINITY, most, columns, goal.cost[columns] * goal.scale)

    def choice(self, x: Floats) -> Ints:
        """Shape (n, 7): which thresholds a solution reaches for; 1 where there is no choice."""
        chosen = np.ones(self.met.shape, dtype=np.int64)
        inside = self.met >= 0
        chosen[inside] = np.round(x[self.met[inside]]).astype(np.int64)
        return chosen

    def counts(self, x: Floats) -> Ints:
        """Shape (n, 3): teachers who count after the moves."""
        moves, size = self.problem.moves, self.facts.sections
        found = np.zeros((size, STAFF), dtype=np.int64)
        for f, flag in enumerate(self.flags):
            into = np.bincount(moves.to, x[: len(moves)] * flag.enters, size)
            out = np.bincount(moves.origin, x[: len(moves)] * flag.leaves, size)
            found[:, f % STAFF] += flag.now + np.round(into - out).astype(np.int64)
        return found

    def polish(self, x: Floats) -> Floats:
        """Set all columns that follow from the whole ones; money at least to its floors."""
        whole = self.problem.polish(x)
        wanted = np.where(self.choice(whole) > 0, self.needs.full, self.needs.least)
        short = np.maximum(0, wanted[:, :STAFF] - self.counts(whole))
        inside = self.short >= 0
        whole[self.short[inside]] = short[inside]
        for column, (columns, factors, constant) in zip(self.excess, self.spread, strict=True):
            whole[column] = max(0.0, float(factors @ whole[columns]) + constant)
        floor = np.zeros(self.money.shape)
        np.maximum.at(floor, self.facts.section_school, wanted[:, STAFF:] / YUAN)
        whole[self.money] = np.maximum(whole[self.money], floor)
        return whole

    def yuan(self, x: Floats) -> Floats:
        """Shape (schools, 4): money of a solution, in yuan."""
        return np.asarray(x[self.money] * YUAN)

    def with_money(self, x: Floats, amounts: list[Ints]) -> Floats:
        """Return a solution with other money."""
        richer = x.copy()
        richer[self.money] = np.stack(amounts, axis=1) / YUAN
        return richer

    def add_cut(self, purpose: int, cut: Plane) -> None:
        """Add a cut of a CV limit of I4-I7."""
        columns = np.flatnonzero(cut.slope)
        scale = float(np.abs(cut.slope).max(initial=1e-300))
        self.problem.model.add_row(
            -INFINITY, cut.most / YUAN / scale, self.money[columns, purpose], cut.slope[columns] / scale
        )


def extend(problem: Problem, needs: Needs, monies: tuple[Money, ...], move_yuan: float) -> ReachModel:
    """Add verdicts, CV limits and money to a rotation problem."""
    model, facts = problem.model, problem.facts
    n = len(needs.counted)
    met, short = np.full((n, len(needs.known[0]) if n else 7), -1), np.full((n, STAFF), -1)
    choice = needs.open if needs.allowed else np.zeros_like(needs.open)
    met[choice] = model.add_columns(0.0, np.ones(int(choice.sum())), integer=True)
    staff = needs.counted[:, None] & needs.known[:, :STAFF]
    short[staff] = model.add_columns(0.0, needs.full[:, :STAFF][staff].astype(float), implied=True)
    money = _money_columns(problem, needs, monies)
    joint = ReachModel(
        problem, needs, move_yuan, flags(facts, problem.groups, problem.moves), met, short, money
    )
    _verdicts(joint, choice)
    _teachers(joint)
    _floors(joint)
    _spreads(joint)
    return joint


def _money_columns(problem: Problem, needs: Needs, monies: tuple[Money, ...]) -> Ints:
    """Columns y, from the least parts up to what is surely enough."""
    school = problem.facts.section_school
    schools = len(problem.facts.district.schools)
    columns = np.zeros((schools, len(PURPOSES)), dtype=np.int64)
    for k, money in enumerate(monies):
        low, full = np.zeros(schools, dtype=np.int64), np.zeros(schools, dtype=np.int64)
        np.maximum.at(low, school, needs.least[:, STAFF + k] if needs.allowed else needs.full[:, STAFF + k])
        np.maximum.at(full, school, needs.full[:, STAFF + k])
        most = np.full(schools, money.most(full))
        known = np.zeros(schools, dtype=bool)
        known[school[needs.known[:, STAFF + k]]] = True
        columns[:, k] = problem.model.add_columns(low / YUAN, np.where(known, most, 0.0) / YUAN)
    return columns


def _verdicts(joint: ReachModel, choice: Bools) -> None:
    """At most `allowed` indicators of a section stay below the threshold."""
    entries, least = Entries(), list[float]()
    for section in np.flatnonzero(choice.sum(axis=1) > joint.needs.allowed):
        columns = joint.met[section][joint.met[section] >= 0]
        entries.add(np.full(len(columns), len(least)), columns, 1.0)
        least.append(float(len(columns) - joint.needs.allowed))
    joint.problem.model.add_rows(np.array(least), np.full(len(least), INFINITY), entries)


def _teachers(joint: ReachModel) -> None:
    """Teachers after the moves, and those missing, are at least what m asks for."""
    moves, needs = joint.problem.moves, joint.needs
    for f, flag in enumerate(joint.flags):
        k = f % STAFF
        section = np.flatnonzero(flag.counted & (joint.short[:, k] >= 0))
        if not len(section):
            continue
        number = np.full(len(needs.counted), -1)
        number[section] = np.arange(len(section))
        entries = Entries()
        for mask, where, sign in ((flag.enters, moves.to, 1.0), (flag.leaves, moves.origin, -1.0)):
            column = np.flatnonzero(mask & (number[where] >= 0))
            entries.add(number[where[column]], column, sign)
        entries.add(np.arange(len(section)), joint.short[section, k], 1.0)
        wanted = _by_choice(joint, entries, section, k, 1.0)
        joint.problem.model.add_rows(wanted - flag.now[section], np.full(len(section), INFINITY), entries)


def _floors(joint: ReachModel) -> None:
    """Money of the school is at least what m asks for in each of its sections."""
    for k in range(len(PURPOSES)):
        section = np.flatnonzero(joint.met[:, STAFF + k] >= 0)
        entries = Entries()
        school = joint.facts.section_school[section]
        entries.add(np.arange(len(section)), joint.money[school, k], 1.0)
        wanted = _by_choice(joint, entries, section, STAFF + k, YUAN)
        joint.problem.model.add_rows(wanted, np.full(len(section), INFINITY), entries)


def _by_choice(joint: ReachModel, entries: Entries, section: Ints, k: int, unit: float) -> Floats:
    """Put -(full - least) m into rows a section; return what is wanted with m = 0."""
    needs = joint.needs
    least, full = needs.least[section, k] / unit, needs.full[section, k] / unit
    column = joint.met[section, k]
    free = column >= 0
    entries.add(np.flatnonzero(free), column[free], (least - full)[free])
    return np.asarray(np.where(free, least, full))


def _spreads(joint: ReachModel) -> None:
    """CV^2 of I1-I3 in each stage is at most the squared limit, and v."""
    problem = joint.problem
    problem.balance = balance(problem.model, joint.facts, problem.groups, problem.moves)
    for flag, columns, factors, constant in _squares(problem.balance):
        stage = STAGES[joint.facts.section_stage[np.flatnonzero(flag.counted)[0]]]
        limit = float(exact(joint.facts.policy.cv_limit(stage)) ** 2)
        # The largest CV^2 of P pupils is below P: everything in a section of one pupil.
        (over,) = problem.model.add_columns(0.0, np.array([float(max(1, joint.facts.pupils.sum()))]))
        joint.excess = np.append(joint.excess, over)
        joint.spread.append((columns, factors, constant - limit))
        scaled = np.append(factors, -1.0) * BALANCE_SCALE
        problem.model.add_row(-INFINITY, (limit - constant) * BALANCE_SCALE, np.append(columns, over), scaled)


def _squares(spread: Balance) -> list[tuple[Flag, Ints, Floats, float]]:
    """CV^2 of each indicator and stage: columns, factors, constant."""
    moving = {id(mean.piece): mean for mean in spread.means}
    found = []
    for piece in spread.pieces:
        if id(piece) in moving:
            found.append((piece.flag, np.array([moving[id(piece)].spread]), np.ones(1), -1.0))
        else:
            weight = piece.pupils / piece.flag.total**2
            found.append((piece.flag, piece.columns, weight * piece.slope, weight * piece.base - 1.0))
    return found
