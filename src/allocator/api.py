"""The Python interface: what `from allocator import ...` gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from allocator import engine
from allocator.checking import check_rotation
from allocator.domain import plan as results
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.measures import Measures
from allocator.domain.plan import CheckReport, Move
from allocator.domain.policy import Policy
from allocator.domain.records import Lock
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.errors import Fault, UsageError
from allocator.io.policies import load_policy
from allocator.text import DEFAULT_LANG, Lang

if TYPE_CHECKING:
    from allocator.explaining import Explainer

EXPLAINED_GAP = 1e-4
"""Gap to which plans made anew for an explanation are solved."""

PolicyLike = Policy | str | Path

__all__ = [
    "Decision",
    "check_plan",
    "explain_moves",
    "explain_plan",
    "load_policy",
    "measure",
    "plan_rotation",
    "policy_of",
    "read_district",
    "ready_to_write",
]


class Decision(results.Decision):
    """A checked plan that can write itself as a folder of tables and reports."""

    def write(
        self,
        folder: str | Path,
        *,
        lang: Lang = DEFAULT_LANG,
        show_names: bool = False,
    ) -> Path:
        """Write `result.json`, the CSV tables, `plan.xlsx` and `report.html` into a folder.

        Parameters
        ----------
        folder
            Made if it does not exist; files of an earlier result are replaced when all new ones are complete,
            so that a full disk or an interruption leaves no mixture of two results.
        lang
            Language of workbook, page and sentences.
        show_names
            Write teachers' names in full; they are masked otherwise.

        Raises
        ------
        UsageError
            If the folder cannot be written.
        """
        from allocator.campaign.writing import write_plan  # noqa: PLC0415  importing allocator stays light

        target = ready_to_write(folder)
        try:
            write_plan(self, target, lang, show_names=show_names)
        except OSError as fault:
            raise UsageError("unwritable", path=str(target), reason=fault.strerror or "") from fault
        except UsageError as fault:
            raise UsageError(fault.key, **{**fault.params, "path": str(target)}) from fault
        return target


def ready_to_write(folder: str | Path) -> Path:
    """Make a folder and try to write into it, so that a plan of many minutes is not lost in the end.

    Raises
    ------
    UsageError
        If the folder cannot be made or written.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=target):
            return target
    except OSError as fault:
        raise UsageError("unwritable", path=str(target), reason=fault.strerror or "") from fault


def explain_moves(
    decision: Decision,
    time_s: float,
    *,
    progress: ProgressSink | None = None,
    stop: StopSignal | None = None,
) -> Decision:
    """Add to a decision what follows if each teacher who moves stays, as far as a time budget allows.

    Parameters
    ----------
    time_s
        Seconds for all of them together.
    progress, stop
        As for `plan_rotation`; `stop` keeps its own time.

    Returns
    -------
    Decision
        The same with `explanations`, which the report and `result.json` then show.
    """
    from allocator.explaining import explain_moves as explained  # noqa: PLC0415  no solver before a question

    limits = Limits(time_s=time_s, gap=EXPLAINED_GAP, seed=decision.run.seed)
    return replace(decision, explanations=explained(decision, limits, progress=progress, stop=stop))


def policy_of(policy: PolicyLike, overrides: Mapping[str, object] | Sequence[str] = ()) -> Policy:
    """Load a profile by id or path; a `Policy` is taken as it is when there is nothing to override.

    Raises
    ------
    PolicyError
        If the profile or an override is wrong.
    """
    return policy if isinstance(policy, Policy) else load_policy(policy, overrides)


def read_district(path: str | Path) -> District:
    """Read a workbook, a folder of CSV files or a JSON document.

    Raises
    ------
    InputError
        With every fault found, if any is an error. Warnings are dropped; `allocator.io.read` keeps them.
    UsageError
        If there is nothing to read at the path.
    """
    from allocator.io import read  # noqa: PLC0415  importing allocator stays light

    return read(Path(path)).district


def measure(district: District, policy: PolicyLike = "national-2017", moves: Iterable[Move] = ()) -> Measures:
    """Indicators I1-I7 of every section and their spread over the county, after some moves."""
    from allocator.indicators import measure as measured  # noqa: PLC0415  light import

    return measured(district, policy_of(policy), tuple(moves))


def plan_rotation(  # noqa: PLR0913  each is one thing that a caller may say, by name
    district: District,
    policy: PolicyLike = "national-2017",
    *,
    as_of: Month | str | None = None,
    limits: Limits | None = None,
    progress: ProgressSink | None = None,
    stop: StopSignal | None = None,
    warnings: Sequence[Fault] = (),
    locks: Sequence[Lock | str] = (),
    approved: str | Path | Iterable[Move] | None = None,
    repair: bool = False,
) -> Decision:
    """Plan a rotation, prove it, check it.

    Parameters
    ----------
    district
        From `read_district`, or built from records (validate it with `allocator.io.validate`).
    policy
        Id of a shipped profile, path of a YAML file, or a `Policy`.
    as_of
        Reference date, `YYYY-MM`; default: the profile's, or August of the district's year.
    limits
        Time, gap, seed, workers. Ignored where `stop` is given, which carries its own.
    progress
        Called with `Progress(stage, seconds, value, bound, gap)`.
    stop
        Ask it for a stop from another thread; the best checked plan so far is returned.
    locks
        Decisions fixed beforehand, beside those of the table: `Lock(...)`, or `"T1=stay"`, `"T1=move"`,
        `"T1=S2"` (moves there), `"T1!=S2"` (does not move there).
    approved
        A plan to replan from (its file, its folder, or its moves): the fewest changed decisions come first,
        and the decision says who changes and why (`decision.replan`).
    repair
        If no plan obeys all rules, return the cheapest plan in which some give way, each breach with its price.

    Returns
    -------
    Decision
        With `status`, `levels`, `moves`, `violations`, `conflict` and `write(folder)`.

    Raises
    ------
    InputError
        If the locks or the approved plan have faults.
    """
    from allocator.io.approved import approved_plan  # noqa: PLC0415  importing allocator stays light
    from allocator.io.locks import add_locks  # noqa: PLC0415  as above

    earlier = None if approved is None else approved_plan(approved, district)
    locked = add_locks(district, locks)
    month = Month.parse(as_of) if isinstance(as_of, str) else as_of
    decision = engine.rotate(
        locked.district,
        policy_of(policy),
        as_of=month,
        limits=limits,
        progress=progress,
        stop=stop,
        warnings=(*warnings, *locked.warnings),
        approved=earlier,
        repair=repair,
    )
    added = locked.district.locks[len(district.locks) :]
    return Decision(**{**vars(decision), "locks": added})


def check_plan(
    district: District,
    moves: Iterable[Move],
    policy: PolicyLike = "national-2017",
    *,
    as_of: Month | str | None = None,
    locks: Sequence[Lock | str] = (),
    approved: str | Path | Iterable[Move] | None = None,
) -> CheckReport:
    """Judge any plan against every rule, from the tables alone.

    `locks` and `approved` are those of `plan_rotation`; with the latter the level `changes` is recomputed.
    """
    from allocator.io.approved import approved_plan  # noqa: PLC0415  importing allocator stays light
    from allocator.io.locks import add_locks  # noqa: PLC0415  as above

    earlier = None if approved is None else approved_plan(approved, district)
    profile = policy_of(policy)
    month = Month.parse(as_of) if isinstance(as_of, str) else as_of
    month, _ = engine.reference_date(district, profile, month)
    return check_rotation(add_locks(district, locks).district, profile, tuple(moves), month, earlier)


def explain_plan(
    district: District,
    moves: Iterable[Move],
    policy: PolicyLike = "national-2017",
    *,
    as_of: Month | str | None = None,
    limits: Limits | None = None,
    progress: ProgressSink | None = None,
    locks: Sequence[Lock | str] = (),
    approved: str | Path | Iterable[Move] | None = None,
) -> Explainer:
    """Open a plan for questions: `why`, `why_not`, `who_else`, `school`, `prices`.

    Parameters
    ----------
    moves
        The plan: `decision.moves`, or any other.
    policy, as_of
        What the plan was made under: `decision.policy`, `decision.run.as_of`.
    limits
        Of each planning anew by itself; default 20 s and a gap of 0.01 %.
    progress
        Hears of every level of every planning.
    locks, approved
        Those of `plan_rotation` that the plan was made under.
    """
    from allocator.explaining import DEFAULT_LIMITS, Explainer  # noqa: PLC0415  no solver before a question
    from allocator.io.approved import approved_plan  # noqa: PLC0415  importing allocator stays light
    from allocator.io.locks import add_locks  # noqa: PLC0415  as above

    month = Month.parse(as_of) if isinstance(as_of, str) else as_of
    return Explainer(
        add_locks(district, locks).district,
        policy_of(policy),
        moves,
        as_of=month,
        limits=limits or DEFAULT_LIMITS,
        progress=progress,
        approved=None if approved is None else approved_plan(approved, district),
    )
