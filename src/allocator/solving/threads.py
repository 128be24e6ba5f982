"""HiGHS keeps one pool of threads a process, and refuses a run that asks for another number than it has."""

from __future__ import annotations

import highspy

_POOL: dict[str, int] = {}


def pool_of(count: int) -> None:
    """Make the pool have so many threads; to be called before a run, and not while another one goes on."""
    if _POOL.get("threads", count) != count:
        highspy.Highs.resetGlobalScheduler(True)
    _POOL["threads"] = count
