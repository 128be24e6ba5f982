"""Several plans of one district as tables for other systems: alternatives, a front, a roll-out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from allocator.domain.fields import Month
from allocator.domain.plan import MOVE_COLUMNS, Decision, Move
from allocator.domain.policy import Policy
from allocator.domain.several import Alternatives, Rollout, RolloutTerms, TradeOff
from allocator.errors import UsageError
from allocator.io.results import csv_table, replace_file
from allocator.text import Lang

ROLLOUT_FILE = "rollout.json"


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write one CSV table beside its place and rename it."""
    return replace_file(path, csv_table(tuple(columns), rows))


def plan_folder(k: int) -> str:
    """Folder of a plan by its number; 0 is the plan itself."""
    return "." if k == 0 else f"alternative-{k}"


def write_alternatives(
    result: Alternatives, folder: Path, differing: Iterable[tuple[str, list[Move | None]]]
) -> None:
    """Write `alternatives.csv` (levels and distances) and `differences.csv` (teachers by plans)."""
    plans = result.decisions
    names = [f"plan_{k}" for k in range(len(plans))]
    levels = [level.name for level in result.plan.levels]
    rows = [
        {
            "plan": k,
            "folder": plan_folder(k),
            "moved": len(decision.moves),
            **{level.name: level.final for level in decision.levels},
            "nearest": result.others[k - 1].distance if k else None,
            "nearest_bound": result.others[k - 1].bound if k else None,
            **{f"distance_{j}": result.distances[k][j] for j in range(len(plans))},
        }
        for k, decision in enumerate(plans)
    ]
    distances = [f"distance_{j}" for j in range(len(plans))]
    head = ["plan", "folder", "moved", *levels, "nearest", "nearest_bound", *distances]
    write_table(folder / "alternatives.csv", head, rows)
    people = result.plan.district.teacher_by_id
    told = (
        {
            "teacher_id": teacher,
            "stage": people[teacher].stage,
            "subject": people[teacher].subject,
            "from_school_id": people[teacher].school_id,
            **{name: None if m is None else m.to_school_id for name, m in zip(names, moves, strict=True)},
        }
        for teacher, moves in differing
    )
    write_table(folder / "differences.csv", ["teacher_id", "stage", "subject", "from_school_id", *names], told)


def write_tradeoff(result: TradeOff, folder: Path) -> None:
    """Write `tradeoff.csv`: a point a row, each axis with its bound and gap, and the levels."""
    levels = [level.name for level in result.plan.levels if level.name not in result.axes]
    head = ["point", "folder"]
    for axis in result.axes:
        head += [axis, f"{axis}_bound", f"{axis}_gap"]
    rows = []
    for k, point in enumerate(result.points, start=1):
        row: dict[str, Any] = {"point": k, "folder": f"point-{k}"}
        for axis in result.axes:
            row |= {
                axis: point.values[axis],
                f"{axis}_bound": point.bounds[axis],
                f"{axis}_gap": point.gap(axis),
            }
        rows.append(row | {level.name: level.final for level in point.decision.levels})
    write_table(folder / "tradeoff.csv", [*head, *levels], rows)


def write_rollout(result: Rollout, folder: Path, lang: Lang) -> None:
    """Write `moves.csv` (all years), `years.csv` and `rollout.json`, which says how to check them."""
    moves = [row for year in result.years for row in year.decision.moves.records()]
    write_table(folder / "moves.csv", MOVE_COLUMNS, moves)
    rows = [_year(result, k) for k in range(len(result.years))]
    write_table(folder / "years.csv", rows[0], rows)
    document = {
        "run": {
            "kind": "rollout",
            "as_of": str(result.years[0].as_of),
            "input_sha256": result.years[0].decision.run.input_sha256,
            "policy": {
                "id": result.policy.id,
                "sha256": result.policy.sha256,
                "values": result.policy.model_dump(mode="json", exclude={"sources", "note"}),
            },
            "terms": asdict(result.terms),
            "max_share": [year.decision.policy.rotation.max_share for year in result.years],
            "statuses": [year.decision.status.value for year in result.years],
            "checked": None if result.report is None else result.report.passed,
        },
        "bounds": asdict(result.bounds),
        "years": rows,
        "unmet": [
            {"demand": v.rule, "subject": v.subject, "amount": v.amount, "unit": v.unit, "text": v.text(lang)}
            for v in (() if result.report is None else result.report.violations)
        ],
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    replace_file(folder / ROLLOUT_FILE, text.encode())


def _year(result: Rollout, k: int) -> dict[str, Any]:
    """One row of `years.csv`."""
    year = result.years[k]
    count = None if result.report is None else result.report.years[k]
    check = year.decision.check
    levels = {level.name: None for level in result.years[0].decision.levels}
    return {
        "year": year.as_of.year,
        "as_of": str(year.as_of),
        "status": year.decision.status.value,
        "eligible": None if check is None else check.eligible,
        "moved": None if check is None else check.moved,
        "backbone_moved": None if check is None else check.backbone_moved,
        "wanted": year.wanted,
        "missing": year.missing,
        "missing_bound": year.missing_bound,
        "cohort_moved": None if count is None else count.cohort_moved,
        "cohort_total": None if count is None else count.cohort_total,
        "returned": None if count is None else count.returned,
        "overdue": None if count is None else count.overdue,
        "max_share": year.decision.policy.rotation.max_share,
        **(levels | {level.name: level.final for level in year.decision.levels}),
        **_spread(year.decision, "before"),
        **_spread(year.decision, "after"),
    }


def _spread(decision: Decision, moment: str) -> dict[str, Any]:
    """Weighted CVs of I1-I3 by stage."""
    measures = decision.before if moment == "before" else decision.after
    known = decision.check is not None or moment == "before"
    return {
        f"cv_{c.stage.value}_{c.indicator}_{moment}": c.cv if known else None
        for c in measures.counties
        if c.indicator in ("I1", "I2", "I3")
    }


def read_rollout_terms(folder: Path) -> tuple[RolloutTerms, list[Policy], Month]:
    """Read how a roll-out is to be judged: what it was to reach, each year's policy, the first reference month.

    Raises
    ------
    UsageError
        If there is no readable `rollout.json` in the folder.
    """
    path = folder / ROLLOUT_FILE
    if not path.is_file():
        raise UsageError("several.no_rollout", path=str(folder))
    try:
        run = json.loads(path.read_text(encoding="utf-8"))["run"]
        profile = Policy.model_validate(run["policy"]["values"])
        policies = [
            profile.model_copy(
                update={"rotation": profile.rotation.model_copy(update={"max_share": float(share)})}
            )
            for share in run["max_share"]
        ]
        terms = RolloutTerms(**run["terms"])
        if not 1 <= len(policies) <= terms.years:
            raise ValueError(f"max_share: {len(policies)}")
        return terms, policies, Month.parse(run["as_of"])
    except (ValueError, KeyError, TypeError, OSError, ValidationError) as fault:
        raise UsageError("several.broken_rollout", path=str(path), why=str(fault).splitlines()[0]) from fault
