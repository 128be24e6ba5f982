"""Optimization engine for school districts."""
