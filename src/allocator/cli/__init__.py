"""The command line: `allocator COMMAND`."""

from allocator.cli.app import main

__all__ = ["main"]
