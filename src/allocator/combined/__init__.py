"""Alliances and rotation together: form alliances, rotate inside them, and say what that costs."""

from allocator.combined.planning import plan_district

__all__ = ["plan_district"]
