"""A row of `moves.csv` with its headers: read from users' files, written into reports."""

from __future__ import annotations

from typing import Annotated, ClassVar

from allocator.domain.cells import Amount, Id, Year
from allocator.domain.choices import Stage, Subject
from allocator.domain.fields import Column, Record, Table


class MoveRow(Record):
    """One move of a plan as it stands in a file; only the teacher and the new school are needed."""

    TABLE: ClassVar[Table] = Table(
        "moves",
        "交流名单",
        "一名教师的一次调动",
        "one teacher's move",
        ("teacher_id",),
        aliases=("调动", "调动名单", "交流方案"),
    )

    teacher_id: Annotated[
        Id,
        Column("教师编号", "须见于“教师”表。", "A teacher.", refers="teachers", aliases=("教师代码", "工号")),
    ]
    stage: Annotated[
        Stage | None, Column("学段", "小学或初中。", "primary or junior.", aliases=("任教学段",))
    ] = None
    subject: Annotated[
        Subject | None,
        Column("学科", "调动后任教的学科。", "Subject taught after the move.", aliases=("任教学科",)),
    ] = None
    from_school_id: Annotated[
        Id | None,
        Column("调出学校代码", "现任教学校。", "The present school.", refers="schools"),
    ] = None
    to_school_id: Annotated[
        Id,
        Column("调入学校代码", "新任教学校。", "The new school.", refers="schools"),
    ]
    distance_km: Annotated[
        Amount | None,
        Column(
            "距离(公里)", "两校距离。", "Distance between the two schools.", unit="km", aliases=("距离", "公里")
        ),
    ] = None
    minutes: Annotated[
        Amount | None,
        Column("时间(分钟)", "通勤时间。", "Travel time.", unit="minutes", aliases=("时间", "分钟")),
    ] = None
    reason: Annotated[
        tuple[str, ...], Column("原因", "原因代码，分号分隔。", "Codes, separated by ;.", aliases=("理由",))
    ] = ()
    year: Annotated[Year | None, Column("年度", "多年方案的年度。", "Year of a plan over several years.")] = (
        None
    )
