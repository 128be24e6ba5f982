"""The checker's word on a plan of alliances under what was asked for."""

from __future__ import annotations

from dataclasses import fields

from allocator.checking import Terms, check_alliances
from allocator.domain.alliance import Alliances
from allocator.domain.allied import AllianceRequest
from allocator.domain.district import District
from allocator.domain.plan import Judgement
from allocator.domain.policy import Policy
from allocator.domain.run import Limits

DEFAULT_LIMITS = Limits(time_s=20.0)
"""Of each solving again."""


def judge(district: District, policy: Policy, plan: Alliances, request: AllianceRequest) -> Judgement:
    """Let the checker judge a plan by what was asked for."""
    names = {f.name for f in fields(Terms)} & {f.name for f in fields(AllianceRequest)}
    terms = Terms(**{name: getattr(request, name) for name in names})
    return check_alliances(district, policy, plan, terms=terms)
