"""Splitting grants: the whole road from a district to a checked, written split."""

from allocator.spending.explained import Explanation
from allocator.spending.explained_school import explain_split
from allocator.spending.road import split_funding
from allocator.spending.what_if import changed
from allocator.spending.writing import funding_document, write_funding

__all__ = ["Explanation", "changed", "explain_split", "funding_document", "split_funding", "write_funding"]
