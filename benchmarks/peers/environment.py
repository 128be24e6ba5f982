"""The benchmarks' own environment: packages that the product does not depend on."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".venv-bench"
PYTHON = str(FOLDER / "bin" / "python")


@functools.cache
def answer(program: str) -> str:
    """Print of a line of Python there; empty if the environment or what the line imports is missing."""
    if not Path(PYTHON).exists():
        return ""
    done = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def version(package: str) -> str:
    """Version of a package there, empty if it is missing."""
    return answer(f"from importlib.metadata import version; print(version({package!r}))")
