"""The same split as a straightforward cvxpy model: what follows from the data is handed over as numbers."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from allocator.funding.bounds import bounds
from allocator.funding.nearest import distance, equal_aims
from allocator.funding.purse import Facts, Purse, purse_of
from allocator.io.policies import load_policy
from benchmarks.cases import SEED
from benchmarks.funding_cases import evening
from benchmarks.judging import POLICY
from benchmarks.peers.environment import PYTHON, version


def missing() -> str:
    """Why this peer cannot run here; empty if it can."""
    return "" if version("cvxpy") else "the package cvxpy is not installed (make .venv-bench/.ready)"


def run(schools: int) -> dict[str, Any]:
    """Split the same grant; the values are those of its amounts, recomputed here."""
    district = evening(schools, SEED)
    purse = purse_of(Facts.of(district, load_policy(POLICY)), district.grants[0])
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder, "problem.json"), Path(folder, "answer.json")
        asked.write_text(json.dumps(problem_of(purse)), encoding="utf-8")
        program = Path(__file__).with_name("cvxpy_model.py")
        subprocess.run([PYTHON, "-P", program, asked, answered], check=True, capture_output=True)
        answer = json.loads(answered.read_text(encoding="utf-8"))
    amounts = np.array(answer["amounts"])
    aims = np.array([float(a) for a in equal_aims(purse)])
    return {
        "schools": schools,
        "seconds": {"plan": answer["seconds"], "solve": answer["seconds"]},
        "values": {"E.spread": purse.target.spread(amounts), "E.deviation": distance(purse, amounts, aims)},
        "off": answer["off"],
    }


def problem_of(purse: Purse) -> dict[str, Any]:
    """Floors, caps and sections of a grant as lists."""
    found = bounds(purse)
    return {
        "money": purse.units,
        "floors": list(found.floors),
        "caps": list(found.caps),
        "pupils": list(purse.pupils),
        "asset": purse.target.asset.tolist(),
        "stages": [
            {
                "school": stage.school.tolist(),
                "share": stage.share.tolist(),
                "pupils": stage.pupils.tolist(),
                "limit": stage.limit,
            }
            for stage in purse.target.stages
        ],
    }
