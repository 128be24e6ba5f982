"""The independent checker: the rules of each family recomputed from the tables and the policy alone.

It shares nothing with the optimisation model but the domain records, and judges any plan, whoever made it.
"""

from allocator.checking.alliance_facts import Terms
from allocator.checking.alliances import check_alliances
from allocator.checking.causes import explain_changes
from allocator.checking.eligibility import eligibility
from allocator.checking.funding import check_funding
from allocator.checking.learning_districts import Shares, district_shares
from allocator.checking.levels import check_levels
from allocator.checking.rotation import check_rotation

__all__ = [
    "Shares",
    "Terms",
    "check_alliances",
    "check_funding",
    "check_levels",
    "check_rotation",
    "district_shares",
    "eligibility",
    "explain_changes",
]
