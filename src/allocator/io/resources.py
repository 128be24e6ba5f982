"""Folders that ship beside the code: policy profiles and instances."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from allocator.errors import InternalError


def models_folder() -> Path:
    """Folder of the formulation and the policy profiles.

    Raises
    ------
    InternalError
        If the installation is incomplete.
    """
    return _folder("models")


def instances_folder() -> Path:
    """Folder of the instances: toys, scenarios, generated ones.

    Raises
    ------
    InternalError
        If the installation is incomplete.
    """
    return _folder("instances")


def _folder(name: str) -> Path:
    """Inside the package where it was installed from a wheel, at the repository root in a checkout."""
    package = Path(str(files("allocator")))
    for candidate in (package / name, package.parents[1] / name):
        if candidate.is_dir():
            return candidate
    raise InternalError("policies.no_folder", folder=name)
