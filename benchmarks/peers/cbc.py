"""CBC, as PuLP ships it: the model goes as an MPS file, the answer comes as a solution file and a log."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path

import highspy
import numpy as np

from allocator.solving.model import Floats, LinearModel
from benchmarks.peers import environment

WHERE = "import pulp; print(pulp.PULP_CBC_CMD().path)"
BOUND = re.compile(r"(?:Lower bound|best possible)[ :]+(-?[\d.]+(?:e[+-]?\d+)?)", re.IGNORECASE)
VALUE = re.compile(r"Objective value:\s+(-?[\d.]+(?:e[+-]?\d+)?)")


def missing() -> str:
    """Why CBC cannot run here; empty if it can."""
    return "" if environment.answer(WHERE) else "PuLP with its CBC is not installed (make .venv-bench/.ready)"


def solve(
    model: LinearModel, cost: Floats, constant: float, gap: float, limit_s: float, threads: int
) -> tuple[Floats | None, float | None, float]:
    """Minimise to a relative gap; returns column values, bound and seconds of CBC alone.

    CBC keeps the constant out of its gap, so it comes in as a column that is fixed to 1.
    """
    with tempfile.TemporaryDirectory() as folder:
        program, solution = Path(folder, "model.mps"), Path(folder, "solution.txt")
        write_mps(model, cost, constant, program)
        began = time.monotonic()
        command = [environment.answer(WHERE), str(program), "-timeMode", "elapsed", "-sec", f"{limit_s:g}"]
        command += ["-ratio", f"{gap:g}", "-threads", str(threads), "-solve", "-solution", str(solution)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds = time.monotonic() - began
        x = _values(solution, model.columns) if solution.exists() else None
    return x, _bound(done.stdout), seconds


def write_mps(model: LinearModel, cost: Floats, constant: float, path: Path) -> None:
    """Write the model as an MPS file; column j is `c<j>`, the last column is the constant."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = model.columns + 1, model.rows
    lp.col_cost_ = np.append(cost, constant)
    lp.col_lower_, lp.col_upper_ = np.append(model.lower, 1.0), np.append(model.upper, 1.0)
    lp.row_lower_, lp.row_upper_ = model.row_lower, model.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = model.matrix.start
    lp.a_matrix_.index_ = model.matrix.index
    lp.a_matrix_.value_ = model.matrix.value
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[bool(whole)] for whole in model.integer] + [kinds[0]]
    lp.col_names_ = [f"c{j}" for j in range(model.columns + 1)]
    lp.row_names_ = [f"r{i}" for i in range(model.rows)]
    highs = highspy.Highs()
    highs.silent()
    highs.passModel(lp)
    highs.writeModel(str(path))


def _values(solution: Path, columns: int) -> Floats | None:
    """Read the nonzero values; None if the first line says that there is no plan."""
    lines = solution.read_text().splitlines()
    if not lines or "nfeasible" in lines[0] or "no integer solution" in lines[0].lower():
        return None
    x = np.zeros(columns + 1)
    for line in lines[1:]:
        words = line.replace("**", " ").split()
        x[int(words[1][1:])] = float(words[2])
    return x[:columns]


def _bound(log: str) -> float | None:
    """Bound that the log proves: the one it states, or the value where it found an optimum."""
    stated = BOUND.findall(log)
    if "Optimal solution found" in log and "within gap tolerance" not in log:
        value = VALUE.findall(log)
        return float(value[-1]) if value else None
    return float(stated[-1]) if stated else None
