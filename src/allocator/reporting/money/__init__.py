"""Splits of grants as pages and workbooks."""
