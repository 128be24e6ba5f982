"""Files in and out: workbooks, CSV folders and JSON documents of the interchange format."""

from allocator.io.plans import read_plan
from allocator.io.reading import Reading, read
from allocator.io.reference import format_document
from allocator.io.schema import schema
from allocator.io.template import write_template
from allocator.io.validation import validate
from allocator.io.writing import write_district

__all__ = [
    "Reading",
    "format_document",
    "read",
    "read_plan",
    "schema",
    "validate",
    "write_district",
    "write_template",
]
