"""The rows of the format about alliances: memberships, links between schools, towns."""

from __future__ import annotations

from typing import Annotated, ClassVar

from allocator.domain.cells import Amount, Id, Latitude, Longitude, Year
from allocator.domain.choices import AllianceForm, AllianceRole, LinkKind
from allocator.domain.fields import Column, Record, Table


class Membership(Record):
    """One school's part in one existing alliance."""

    TABLE: ClassVar[Table] = Table(
        "memberships",
        "联盟成员",
        "一校在一个联盟中的身份",
        "one school's part in one alliance",
        ("alliance_id", "school_id"),
        use_zh="联盟、交流范围（选填）",
        use_en="alliances and the scope of moves, optional",
    )

    alliance_id: Annotated[Id, Column("联盟编号", "同一联盟编号相同。", "Same for all schools of an alliance.")]
    form: Annotated[
        AllianceForm, Column("形式", "结对、集团、特色联盟、贯通联盟。", "pair, group, hub, chain.")
    ]
    school_id: Annotated[Id, Column("学校代码", "须见于“学校”表。", "A school.", refers="schools")]
    role: Annotated[AllianceRole, Column("角色", "牵头校或成员校。", "lead or member.", aliases=("身份",))]
    since: Annotated[Year | None, Column("年份", "加入年份。", "Year of joining.")] = None


class Link(Record):
    """A pair of schools that must, must not, or would like to be together."""

    TABLE: ClassVar[Table] = Table(
        "links",
        "意向",
        "一对学校的意向",
        "a wish or command about a pair of schools",
        ("school_a", "school_b"),
        use_zh="联盟（选填）",
        use_en="alliances, optional",
    )

    school_a: Annotated[Id, Column("学校甲", "学校代码。", "A school.", refers="schools")]
    school_b: Annotated[Id, Column("学校乙", "学校代码。", "Another school.", refers="schools")]
    link: Annotated[LinkKind, Column("关系", "必须同盟、不得同盟或意向。", "together, apart or wish.")]
    weight: Annotated[Amount | None, Column("权重", "意向的权重。", "Weight of a wish.")] = None


class Town(Record):
    """A town or street, its centre and its neighbours."""

    TABLE: ClassVar[Table] = Table(
        "towns",
        "乡镇街道",
        "一个乡镇或街道",
        "a town or street",
        ("town",),
        use_zh="学区划分",
        use_en="learning districts",
    )

    town: Annotated[Id, Column("乡镇街道", "名称。", "Name.")]
    lon: Annotated[Longitude | None, Column("经度", "中心点。", "Centre.", unit="degrees")] = None
    lat: Annotated[Latitude | None, Column("纬度", "中心点。", "Centre.", unit="degrees")] = None
    neighbours: Annotated[
        tuple[str, ...], Column("相邻乡镇街道", "用分号分隔。", "Separated by ;.", refers="towns")
    ] = ()
