"""Why this partner, why not that one: answers about a plan of alliances."""

from allocator.partners.answering import explain_alliance

__all__ = ["explain_alliance"]
