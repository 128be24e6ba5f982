"""Splitting money between schools and choosing projects."""
