"""The seven resource indicators, their spread between schools, and the staffing of posts."""

from allocator.indicators.measuring import measure
from allocator.indicators.posts import derive_posts
from allocator.indicators.sharing import share
from allocator.indicators.staffing import staffing

__all__ = ["derive_posts", "measure", "share", "staffing"]
