"""Several runs for one question: alternatives to a plan, a trade-off, a roll-out over years."""

from allocator.campaign.differing import alternatives, alternatives_to
from allocator.campaign.front import trade_off
from allocator.campaign.years import rollout

__all__ = ["alternatives", "alternatives_to", "rollout", "trade_off"]
