"""The independent checker: the rules of rotation recomputed from the tables and the policy alone.

It shares nothing with the optimisation model but the domain records, and judges any plan, whoever made it.
"""

from allocator.checking.causes import explain_changes
from allocator.checking.eligibility import eligibility
from allocator.checking.funding import check_funding
from allocator.checking.levels import check_levels
from allocator.checking.rotation import check_rotation

__all__ = ["check_funding", "check_levels", "check_rotation", "eligibility", "explain_changes"]
