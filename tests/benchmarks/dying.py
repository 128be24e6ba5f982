"""A job that ends its process without a word."""

from __future__ import annotations

import os
from typing import Any


def run(code: int) -> dict[str, Any]:
    """End the process at once."""
    os._exit(code)
