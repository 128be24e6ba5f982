"""A row of a plan as people keep it: the move, and the names that stand beside its codes."""

from __future__ import annotations

from typing import Annotated

from allocator.domain.district import District
from allocator.domain.fields import Column
from allocator.domain.moverow import MoveRow
from allocator.errors import Fault
from allocator.io.cells import word_key
from allocator.io.view import TableView

_NAMES = (("from_school_id", "from_school_name"), ("to_school_id", "to_school_name"))


class PlanRow(MoveRow):
    """One row of the list of moves in our workbook, or of a list typed after it."""

    teacher_name: Annotated[
        str | None, Column("姓名", "只供阅读。", "For reading only.", aliases=("Name", "教师姓名"))
    ] = None
    from_school_name: Annotated[
        str | None,
        Column("调出学校名称", "须与代码一致。", "Must be that of the code.", aliases=("From school name",)),
    ] = None
    to_school_name: Annotated[
        str | None,
        Column("调入学校名称", "须与代码一致。", "Must be that of the code.", aliases=("To school name",)),
    ] = None
    reasons_in_words: Annotated[
        str | None, Column("交流理由", "只供阅读。", "For reading only.", aliases=("Reasons",))
    ] = None


def names_agree(view: TableView, district: District) -> list[Fault]:
    """Report school names that are not those of the codes beside them; part of a name will do."""
    schools = district.school_by_id
    faults = []
    for row, record in zip(view.rows, view.records, strict=True):
        for code_column, name_column in _NAMES:
            code, written = getattr(record, code_column), getattr(record, name_column)
            if written is None or code not in schools:
                continue
            name = schools[code].name or code
            if not _same(written, name) and word_key(written) != word_key(code):
                heading = view.headers.get(code_column, code_column)
                params = {"code": code, "name": name, "code_column": heading}
                faults.append(view.fault("school_name_differs", row, name_column, written, params=params))
    return faults


def _same(written: str, name: str) -> bool:
    one, other = word_key(written), word_key(name)
    return one in other or other in one
