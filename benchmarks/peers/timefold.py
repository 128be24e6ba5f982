"""Timefold (local search, Java) on the same rules: its plan is judged by our checker like any other."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from allocator.domain.choices import LockAction
from allocator.domain.plan import Move
from allocator.domain.policy import exact
from allocator.rotation.candidates import Classes, candidates, classes, partners
from allocator.rotation.facts import SUBJECTS, Facts
from allocator.rotation.rules import quota_limits
from allocator.solving.model import Bools, Ints
from benchmarks.judging import judged, staffed_facts
from benchmarks.peers.environment import PYTHON, version

SPREAD = 1e9
"""CV^2 in whole numbers; Timefold's scores are long integers."""

FAR = 10**9
"""Metres where a distance is unknown."""


def missing() -> str:
    """Why this peer cannot run here; empty if it can."""
    if shutil.which("java") is None:
        return "Java 17 is not on this machine"
    return "" if version("timefold") else "the package timefold is not installed (make .venv-bench/.ready)"


def run(schools: int, seed: int, limit_s: float) -> dict[str, Any]:
    """Plan a generated district for `limit_s` seconds of Timefold's own clock."""
    facts = staffed_facts(schools, seed)
    problem = {**problem_of(facts), "limit_s": limit_s}
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder, "problem.json"), Path(folder, "answer.json")
        asked.write_text(json.dumps(problem), encoding="utf-8")
        program = Path(__file__).with_name("timefold_model.py")
        subprocess.run([PYTHON, "-P", program, asked, answered], check=True, capture_output=True)
        answer = json.loads(answered.read_text(encoding="utf-8"))
    return {
        "seconds": {"build": answer["build_s"], "solve": answer["solve_s"]},
        "score": answer["score"],
        **judged(facts, moves_of(facts, problem, answer["to"])),
    }


def moves_of(facts: Facts, problem: dict[str, Any], to: list[int]) -> list[Move]:
    """Turn each teacher's section into moves."""
    moves = []
    for row, section in zip(problem["teachers"], to, strict=True):
        if section == row["home"]:
            continue
        teacher = facts.district.teachers[row["index"]]
        school = facts.district.schools[int(facts.section_school[section])]
        moves.append(
            Move(
                teacher.teacher_id,
                teacher.stage,
                SUBJECTS[row["subject"]],
                teacher.school_id,
                school.school_id,
            )
        )
    return moves


def problem_of(facts: Facts) -> dict[str, Any]:
    """Everything Timefold needs, as plain numbers; metres and whole weights instead of fractions.

    Raises
    ------
    ValueError
        If the profile lets teachers move to their second subjects, which this peer does not model.
    """
    if facts.policy.rotation.second_subject:
        raise ValueError("this peer does not model second subjects")
    groups = classes(facts, aggregate=False)
    who = np.flatnonzero(groups.of_teacher >= 0)
    rotation = facts.policy.rotation
    share: Fraction = exact(rotation.min_backbone_share)
    least, most = quota_limits(facts)
    return {
        "quotas": {
            "least": least,
            "most": most,
            "share_above": share.numerator,
            "share_below": share.denominator,
            "partner_metres": round(1000 * rotation.max_partner_km),
        },
        "sections": _sections(facts, groups.of_teacher < 0),
        "teachers": _teachers(facts, groups, who),
    }


def _metres(facts: Facts) -> list[list[int]]:
    km = facts.places.km[np.ix_(facts.section_school, facts.section_school)]
    rows: list[list[int]] = np.where(np.isnan(km), FAR, np.round(1000 * km)).astype(int).tolist()
    return rows


def _sections(facts: Facts, fixed: Bools) -> list[dict[str, Any]]:
    """R4, R5, R10 and the weights of the balance level, section by section, without the movable teachers."""
    base = np.zeros_like(facts.heads)
    np.add.at(base, (facts.section[fixed], facts.subject[fixed]), 1)
    tolerance = facts.policy.rotation.staffing_tolerance
    least = np.maximum(0, np.minimum(facts.heads, facts.posts) - tolerance)
    most = np.maximum(facts.heads, facts.posts) + tolerance
    share = exact(facts.policy.rotation.max_outflow_share)
    weight, flag_base = _spread(facts, fixed)
    backbone_now = np.bincount(facts.section[facts.backbone], minlength=facts.sections)
    backbone_fixed = np.bincount(facts.section[facts.backbone & fixed], minlength=facts.sections)
    metres = _metres(facts)
    return [
        {
            "index": i,
            "school": int(facts.section_school[i]),
            "metres": metres[i],
            "base": base[i].tolist(),
            "posts": facts.posts[i].tolist(),
            "least": least[i].tolist(),
            "most": most[i].tolist(),
            "outflow": max(1, math.floor(share * int(facts.heads[i].sum()))),
            "spread_weight": weight[i],
            "flag_base": flag_base[i],
            "backbone_missing": bool(backbone_now[i] > 0 and backbone_fixed[i] == 0),
        }
        for i in range(facts.sections)
    ]


def _spread(facts: Facts, fixed: Bools) -> tuple[list[list[int]], list[list[int]]]:
    """Weight P / (N^2 P_i) of each section and indicator, scaled, and its teachers counted who cannot move."""
    weight = np.zeros((facts.sections, 3))
    base = np.zeros((facts.sections, 3), dtype=np.int64)
    counted = facts.pupils > 0
    for kind, flag in enumerate((facts.degree, facts.backbone, facts.arts_subject[facts.subject])):
        now = np.bincount(facts.section[flag], minlength=facts.sections)
        base[:, kind] = np.bincount(facts.section[flag & fixed], minlength=facts.sections)
        for stage in np.unique(facts.section_stage):
            here = counted & (facts.section_stage == stage)
            total = int(now[here].sum())
            if total:
                weight[here, kind] = SPREAD * facts.pupils[here].sum() / total**2 / facts.pupils[here]
    return np.round(weight).astype(np.int64).tolist(), base.tolist()


def _teachers(facts: Facts, groups: Classes, who: Ints) -> list[dict[str, Any]]:
    """Those who may move, each with the open sections (the present one first, unless they must move)."""
    moves = candidates(facts, groups)
    open_to: dict[int, list[int]] = {int(cls): [] for cls in groups.of_teacher[who]}
    for cls, to in zip(moves.cls, moves.to, strict=True):
        open_to[int(cls)].append(int(to))
    forced = {k.teacher_id for k in facts.district.locks if k.action in (LockAction.MOVE, LockAction.TO)}
    wishes, partner = _wishes(facts), _partner(facts, set(who.tolist()))
    rows = []
    for i in who.tolist():
        teacher, home = facts.district.teachers[i], int(facts.section[i])
        stays = [] if teacher.teacher_id in forced and facts.policy.active("R11") else [home]
        rows.append(
            {
                "index": i,
                "home": home,
                "subject": int(facts.subject[i]),
                "degree": bool(facts.degree[i]),
                "backbone": bool(facts.backbone[i]),
                "arts": bool(facts.arts_subject[facts.subject[i]]),
                "principal": bool(facts.principal[i]),
                "unwished": 0 if teacher.volunteer else round(1000 * facts.policy.objective.unwished_km),
                "wishes": wishes.get(i, {}),
                "partner": partner.get(i, -1),
                "options": stays + open_to[int(groups.of_teacher[i])],
            }
        )
    return rows


def _wishes(facts: Facts) -> dict[int, dict[int, int]]:
    """Metres less for each wish: teacher -> section -> metres."""
    credit = facts.policy.objective.wish_km
    found: dict[int, dict[int, int]] = {}
    for wish in facts.district.wishes:
        i = facts.teacher_number[wish.teacher_id]
        section = facts.section_number.get((wish.school_id, facts.district.teachers[i].stage))
        if section is not None:
            less = credit[wish.rank - 1] if wish.rank <= len(credit) else 0.0
            found.setdefault(i, {})[section] = round(1000 * less)
    return found


def _partner(facts: Facts, who: set[int]) -> dict[int, int]:
    """R12 where both may move (where one may not, the other's open sections obey it already): one way."""
    return {a: b for a, b in partners(facts) if a in who and b in who}
