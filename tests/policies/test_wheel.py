"""The wheel: it carries profiles, instances, sentences and assets, and works away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from allocator.io.policies import policy_ids
from allocator.text import areas

ROOT = Path(__file__).parents[2]

PROBE = """
import sys
import allocator
from pathlib import Path
from allocator.io import read
from allocator.io.policies import load_policy, policy_ids
from allocator.io.resources import instances_folder, models_folder
from allocator.text import areas

here = Path(sys.argv[1]).resolve()
for found in (Path(allocator.__file__), models_folder(), instances_folder()):
    assert found.resolve().is_relative_to(here), found
toy = instances_folder() / "toy" / "fill-one-vacancy"
assert len(read(toy).district.schools) == 2
assert load_policy(toy / "policy.yaml").id == "toy-fill-one-vacancy"
print(*[load_policy(name).id for name in policy_ids()], *areas(), sep=" ")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.whl")
    return path


def _shipped(folder: Path, *suffixes: str) -> list[str]:
    return [f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.suffix in suffixes]


def test_wheel_carries_what_is_not_code(wheel: Path) -> None:
    """Without the forced includes the wheel would hold the code alone."""
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = [f"allocator/models/{name}" for name in _shipped(ROOT / "models", ".yaml", ".md")]
    expected += [f"allocator/instances/{name}" for name in _shipped(ROOT / "instances", ".csv", ".yaml", ".md")]
    expected += [
        f"allocator/{name}" for name in _shipped(ROOT / "src" / "allocator", ".yaml", ".js", ".css", ".py")
    ]
    assert "allocator/instances/scenarios/xiqing-2023/teachers.csv" in expected
    assert [name for name in expected if name not in names] == []


def test_wheel_works_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Installed alone; dependencies come from this environment, but none of its `.pth` files (hence `-S`)."""
    target = tmp_path / "installed"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(target),
    ]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    paths = [str(target), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    done = subprocess.run(
        [sys.executable, "-S", "-c", PROBE, str(target)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [*policy_ids(), *areas()]
