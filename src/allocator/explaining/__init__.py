"""Explanations of a rotation plan: why, why not, who else, a school's balance, the price of each rule."""

from allocator.explaining.explainer import DEFAULT_LIMITS, Explainer
from allocator.explaining.wording import Named, sentences

__all__ = ["DEFAULT_LIMITS", "Explainer", "Named", "sentences"]
