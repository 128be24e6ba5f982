"""The joint question: the cheapest mix of moves and money with which all schools and the county pass."""

from allocator.reaching.road import reach_standard

__all__ = ["reach_standard"]
