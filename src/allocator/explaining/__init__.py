"""Explanations of a rotation plan: why, why not, who else, a school's balance, the price of each rule."""

from allocator.domain.spoken import Named, sentences
from allocator.explaining.explainer import DEFAULT_LIMITS, Explainer
from allocator.explaining.many import explain_moves

__all__ = ["DEFAULT_LIMITS", "Explainer", "Named", "explain_moves", "sentences"]
