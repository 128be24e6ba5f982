"""Seeded synthetic districts, from a town to a province."""

from allocator.generation.build import generate
from allocator.generation.options import Options

__all__ = ["Options", "generate"]
