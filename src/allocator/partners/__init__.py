"""Why this partner or district, why not that one: answers about a plan of alliances."""

from allocator.partners.answering import explain_alliance
from allocator.partners.dividing import explain_division

__all__ = ["explain_alliance", "explain_division"]
