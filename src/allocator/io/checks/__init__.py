"""What the tables must be to each other: checks on a whole district, wherever it comes from."""

from allocator.io.checks.run import check_tables

__all__ = ["check_tables"]
