"""Funding: needs, floors and caps, rules of split, whole units, least money."""
