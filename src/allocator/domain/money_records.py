"""The rows of the format about money: grants, what schools got before, projects."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from allocator.domain.cells import Amount, Id, Money, Share, Year
from allocator.domain.choices import Asset, Purpose, SplitRule
from allocator.domain.fields import Column, Record, Table


class Grant(Record):
    """One pot of money and its rules."""

    TABLE: ClassVar[Table] = Table(
        "grants", "资金项目", "一笔资金", "one pot of money", ("grant_id",), use_zh="经费分配", use_en="funding"
    )

    grant_id: Annotated[Id, Column("资金编号", "唯一编号。", "Unique code.")]
    name: Annotated[str, Column("资金名称", "名称。", "Name.")] = ""
    amount_yuan: Annotated[Money, Column("金额", "元。", "Amount.", unit="yuan")]
    purpose: Annotated[Purpose, Column("用途", "专款专用。", "What it may be spent on.")]
    rule: Annotated[
        SplitRule,
        Column(
            "分配办法",
            "定额、均衡、基数调整、托底、捆绑评价或项目。",
            "formula, balance, closest, leximin, bundled, projects.",
        ),
    ]
    floor_per_pupil_yuan: Annotated[
        Money | None, Column("生均下限", "元/生。", "Least amount a pupil.", unit="yuan/pupil")
    ] = None
    cap_per_pupil_yuan: Annotated[
        Money | None, Column("生均上限", "元/生。", "Largest amount a pupil.", unit="yuan/pupil")
    ] = None
    hold_harmless: Annotated[
        Share | None,
        Column("保底比例", "不低于上年的比例，0-1。", "Share of last year's amount kept.", unit="share"),
    ] = None
    year: Annotated[Year | None, Column("年度", "资金年度。", "Year.")] = None
    unit_yuan: Annotated[
        Money, Column("拨付单位", "金额为其整数倍，默认1元。", "Amounts are whole multiples.", unit="yuan")
    ] = Decimal(1)
    schools: Annotated[
        tuple[str, ...],
        Column(
            "学校范围", "学校代码，分号分隔；空为全部。", "School codes; all where blank.", refers="schools"
        ),
    ] = ()


class Received(Record):
    """What one school got from one grant in one year."""

    TABLE: ClassVar[Table] = Table(
        "received",
        "历年拨款",
        "一校一年一笔拨款",
        "what one school got in one year",
        ("school_id", "grant_id", "year"),
        use_zh="经费分配（保底）",
        use_en="funding: hold-harmless",
    )

    school_id: Annotated[Id, Column("学校代码", "须见于“学校”表。", "A school.", refers="schools")]
    grant_id: Annotated[Id, Column("资金编号", "资金编号。", "A grant.", refers="grants")]
    year: Annotated[Year, Column("年度", "年度。", "Year.")]
    amount_yuan: Annotated[Money, Column("金额", "元。", "Amount.", unit="yuan")]


class Project(Record):
    """One indivisible purchase or building work at one school."""

    TABLE: ClassVar[Table] = Table(
        "projects",
        "建设项目",
        "一个不可分割的项目",
        "one indivisible purchase or work",
        ("project_id",),
        use_zh="经费分配",
        use_en="funding",
    )

    project_id: Annotated[Id, Column("项目编号", "唯一编号。", "Unique code.")]
    school_id: Annotated[Id, Column("学校代码", "须见于“学校”表。", "A school.", refers="schools")]
    grant_id: Annotated[Id, Column("资金编号", "出资来源。", "The grant that pays.", refers="grants")]
    name: Annotated[str, Column("项目名称", "名称。", "Name.")] = ""
    cost_yuan: Annotated[Money, Column("造价", "元。", "Cost.", unit="yuan")]
    adds: Annotated[Asset | None, Column("增加内容", "增加的资源。", "What it adds.")] = None
    amount: Annotated[Amount | None, Column("增加数量", "增加多少。", "How much it adds.")] = None
    requires: Annotated[
        tuple[str, ...],
        Column("前置项目", "项目编号，分号分隔。", "Projects needed first.", refers="projects"),
    ] = ()
    excludes: Annotated[
        tuple[str, ...], Column("互斥项目", "项目编号，分号分隔。", "Projects ruled out.", refers="projects")
    ] = ()
