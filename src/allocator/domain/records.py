"""The rows of the format: schools, teachers and everything around them.

Names are those of the interchange format, version 1. `None` means unknown, never zero.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated, ClassVar, TypedDict

from pydantic import Field

from allocator.domain.cells import Amount, Count, Id, Latitude, Longitude, Money, Year
from allocator.domain.choices import (
    Backbone,
    Degree,
    Gender,
    LockAction,
    Role,
    SchoolKind,
    Setting,
    Stage,
    Subject,
    Title,
)
from allocator.domain.fields import Column, Month, Record, Table

STAGES: dict[SchoolKind, tuple[Stage, ...]] = {
    SchoolKind.PRIMARY: (Stage.PRIMARY,),
    SchoolKind.JUNIOR: (Stage.JUNIOR,),
    SchoolKind.NINE_YEAR: (Stage.PRIMARY, Stage.JUNIOR),
}
GRADES: dict[Stage, tuple[int, ...]] = {Stage.PRIMARY: (1, 2, 3, 4, 5, 6), Stage.JUNIOR: (7, 8, 9)}
_PUPIL_CELLS = {
    stage: attrgetter(*(f"pupils_g{grade}" for grade in grades)) for stage, grades in GRADES.items()
}


class _Notes(TypedDict):
    note_zh: str
    note_en: str


_PUPILS = _Notes(
    note_zh="该年级在校学生数；没有该年级则留空。",
    note_en="Pupils of this grade; blank if there is no such grade.",
)
_CLASSES = _Notes(
    note_zh="该年级班级数；没有“岗位需求”表时据此推算岗位。",
    note_en="Classes of this grade; posts are derived from them where the table posts is absent.",
)
_PLAN_2017 = "教督〔2017〕6号"


class DistrictInfo(Record):
    """The district itself, one row; the table is optional."""

    TABLE: ClassVar[Table] = Table(
        "district",
        "区县",
        "区县基本信息（仅一行）",
        "the district itself, one row",
        (),
        aliases=("区县信息",),
        use_zh="报告标题、基准日期",
        use_en="title of reports, reference date",
    )

    name: Annotated[
        str, Column("区县名称", "区县全称，用于报告标题。", "Name, used as the title of reports.")
    ] = ""
    year: Annotated[
        Year | None,
        Column(
            "年度",
            "交流工作年度；默认基准日期为该年8月。",
            "Year of the plan; the reference date is its August.",
        ),
    ] = None


class School(Record):
    """One school; it has one section a stage (a nine-year school has two)."""

    TABLE: ClassVar[Table] = Table(
        "schools",
        "学校",
        "一所学校",
        "a school",
        ("school_id",),
        needed=True,
        use_zh="全部业务",
        use_en="everything",
    )

    school_id: Annotated[
        Id, Column("学校代码", "唯一代码。", "Unique code.", aliases=("学校编号", "学校标识码"))
    ]
    name: Annotated[str, Column("学校名称", "学校全称。", "Full name.", aliases=("学校",))] = ""
    kind: Annotated[
        SchoolKind,
        Column("办学类型", "小学、初中或九年一贯制。", "primary, junior or nine_year.", aliases=("学校类型",)),
    ]
    town: Annotated[
        str | None,
        Column("乡镇街道", "所在乡镇或街道。", "Town or street.", aliases=("乡镇", "街道"), refers="towns"),
    ] = None
    learning_district: Annotated[str | None, Column("学区", "所属学区。", "Learning district.")] = None
    setting: Annotated[Setting | None, Column("城乡类别", "城区、镇区或乡村。", "urban, town or village.")] = (
        None
    )
    lon: Annotated[
        Longitude | None, Column("经度", "WGS-84，度。", "WGS-84, degrees east.", unit="degrees")
    ] = None
    lat: Annotated[
        Latitude | None, Column("纬度", "WGS-84，度。", "WGS-84, degrees north.", unit="degrees")
    ] = None
    opened: Annotated[Year | None, Column("建校年份", "四位年份。", "Year of opening.")] = None
    pupils_g1: Annotated[Count | None, Column("一年级学生数", unit="pupils", **_PUPILS)] = None
    pupils_g2: Annotated[Count | None, Column("二年级学生数", unit="pupils", **_PUPILS)] = None
    pupils_g3: Annotated[Count | None, Column("三年级学生数", unit="pupils", **_PUPILS)] = None
    pupils_g4: Annotated[Count | None, Column("四年级学生数", unit="pupils", **_PUPILS)] = None
    pupils_g5: Annotated[Count | None, Column("五年级学生数", unit="pupils", **_PUPILS)] = None
    pupils_g6: Annotated[Count | None, Column("六年级学生数", unit="pupils", **_PUPILS)] = None
    pupils_g7: Annotated[Count | None, Column("七年级学生数", unit="pupils", **_PUPILS)] = None
    pupils_g8: Annotated[Count | None, Column("八年级学生数", unit="pupils", **_PUPILS)] = None
    pupils_g9: Annotated[Count | None, Column("九年级学生数", unit="pupils", **_PUPILS)] = None
    classes_g1: Annotated[Count | None, Column("一年级班数", unit="classes", **_CLASSES)] = None
    classes_g2: Annotated[Count | None, Column("二年级班数", unit="classes", **_CLASSES)] = None
    classes_g3: Annotated[Count | None, Column("三年级班数", unit="classes", **_CLASSES)] = None
    classes_g4: Annotated[Count | None, Column("四年级班数", unit="classes", **_CLASSES)] = None
    classes_g5: Annotated[Count | None, Column("五年级班数", unit="classes", **_CLASSES)] = None
    classes_g6: Annotated[Count | None, Column("六年级班数", unit="classes", **_CLASSES)] = None
    classes_g7: Annotated[Count | None, Column("七年级班数", unit="classes", **_CLASSES)] = None
    classes_g8: Annotated[Count | None, Column("八年级班数", unit="classes", **_CLASSES)] = None
    classes_g9: Annotated[Count | None, Column("九年级班数", unit="classes", **_CLASSES)] = None
    boarders: Annotated[
        Count | None, Column("寄宿生数", "寄宿学生人数。", "Boarding pupils.", unit="pupils")
    ] = None
    special_pupils: Annotated[
        Count | None,
        Column("随班就读学生数", "随班就读的残疾学生数。", "Pupils in inclusive placement.", unit="pupils"),
    ] = None
    teaching_area_m2: Annotated[
        Amount | None,
        Column(
            "教学及辅助用房面积",
            "平方米，不含室内体育用房。",
            "Teaching and auxiliary rooms, without indoor sports.",
            unit="m2",
            source=_PLAN_2017,
        ),
    ] = None
    sports_area_m2: Annotated[
        Amount | None,
        Column(
            "体育运动场馆面积",
            "平方米，操场与场馆合计。",
            "Sports fields and halls.",
            unit="m2",
            source=_PLAN_2017,
        ),
    ] = None
    equipment_yuan: Annotated[
        Money | None,
        Column("教学仪器设备值", "元，账面值。", "Book value of equipment.", unit="yuan", source=_PLAN_2017),
    ] = None
    multimedia_rooms: Annotated[
        Count | None,
        Column("网络多媒体教室数", "间。", "Networked multimedia rooms.", unit="rooms", source=_PLAN_2017),
    ] = None
    quality: Annotated[
        Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None,
        Column(
            "办学质量评分", "0-100 分，县级评估结果。", "0-100, from the county's evaluation.", unit="points"
        ),
    ] = None
    tags: Annotated[
        tuple[str, ...], Column("办学特色", "多个特色用分号分隔。", "Specialities, separated by ;.")
    ] = ()
    seats_primary: Annotated[
        Count | None, Column("小学学位数", "小学部学位。", "Places, primary.", unit="seats")
    ] = None
    seats_junior: Annotated[
        Count | None, Column("初中学位数", "初中部学位。", "Places, junior.", unit="seats")
    ] = None

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Stages taught: the school's sections."""
        return STAGES[self.kind]

    def pupils_by_grade(self, stage: Stage) -> tuple[int | None, ...]:
        """Pupils of each grade of a stage; `None` where the cell is blank."""
        cells: tuple[int | None, ...] = _PUPIL_CELLS[stage](self)
        return cells

    def classes_by_grade(self, stage: Stage) -> tuple[int | None, ...]:
        """Classes of each grade of a stage; `None` where the cell is blank."""
        return tuple(getattr(self, f"classes_g{grade}") for grade in GRADES[stage])

    def pupils(self, stage: Stage) -> int | None:
        """Pupils of a section; unknown only if every grade is blank (a blank grade beside others is empty)."""
        known = [n for n in self.pupils_by_grade(stage) if n is not None]
        return sum(known) if known else None


class Teacher(Record):
    """One member of the teaching staff, at one section of one school."""

    TABLE: ClassVar[Table] = Table(
        "teachers",
        "教师",
        "一名教师",
        "a teacher",
        ("teacher_id",),
        use_zh="教师交流、指标1-3",
        use_en="rotation, indicators I1-I3",
    )

    teacher_id: Annotated[Id, Column("教师编号", "唯一编号。", "Unique code.", aliases=("教师代码", "工号"))]
    name: Annotated[
        str | None, Column("姓名", "可不填；输出默认隐去。", "Optional; masked in outputs by default.")
    ] = None
    school_id: Annotated[
        Id,
        Column(
            "任教学校代码",
            "须见于“学校”表。",
            "A school of the table schools.",
            refers="schools",
            aliases=("学校代码",),
        ),
    ]
    stage: Annotated[Stage, Column("任教学段", "小学或初中。", "primary or junior.", aliases=("学段",))]
    subject: Annotated[
        Subject, Column("任教学科", "课程标准学科。", "Subject of the curriculum.", aliases=("学科",))
    ]
    second_subject: Annotated[Subject | None, Column("第二学科", "可兼任的学科。", "A further subject.")] = None
    gender: Annotated[Gender | None, Column("性别", "用于推算退休年月。", "For the retirement age.")] = None
    birth: Annotated[Month | None, Column("出生年月", "YYYY-MM。", "YYYY-MM.", aliases=("出生日期",))] = None
    since: Annotated[
        Month | None,
        Column("到本校年月", "YYYY-MM。", "Month of arrival at this school.", aliases=("到校年月", "入校年月")),
    ] = None
    degree: Annotated[Degree | None, Column("学历", "最高学历。", "Highest degree.", source=_PLAN_2017)] = None
    title: Annotated[Title | None, Column("职称", "专业技术职务。", "Professional title.")] = None
    backbone: Annotated[
        Backbone,
        Column(
            "骨干层级",
            "县级及以上计入指标2。",
            "County and above count in I2.",
            source=_PLAN_2017,
            aliases=("骨干级别",),
        ),
    ] = Backbone.NONE
    role: Annotated[Role, Column("职务", "默认教师。", "Default: teacher.")] = Role.TEACHER
    terms: Annotated[
        Count | None,
        Column("任满届数", "校长在本校任满的届数。", "Principals: full terms at this school.", unit="terms"),
    ] = None
    exempt: Annotated[
        bool, Column("免于交流", "只填是或否，不填原因。", "A flag, never the reason.", aliases=("免于轮岗",))
    ] = False
    volunteer: Annotated[bool, Column("自愿交流", "是或否。", "yes or no.")] = False
    home_lon: Annotated[
        Longitude | None, Column("住址经度", "可不填。", "Optional.", unit="degrees", aliases=("家庭经度",))
    ] = None
    home_lat: Annotated[
        Latitude | None, Column("住址纬度", "可不填。", "Optional.", unit="degrees", aliases=("家庭纬度",))
    ] = None
    partner_id: Annotated[
        Id | None, Column("配偶教师编号", "双方须互相填写。", "Both must name each other.", refers="teachers")
    ] = None
    points: Annotated[
        Annotated[float, Field(allow_inf_nan=False)] | None,
        Column("积分", "交流积分。", "Points.", unit="points"),
    ] = None
    graduating_class: Annotated[bool, Column("任教毕业年级", "是或否。", "Teaches a graduating class.")] = False


class Post(Record):
    """The posts of one subject in one section of one school."""

    TABLE: ClassVar[Table] = Table(
        "posts",
        "岗位需求",
        "一校一学段一学科的岗位数",
        "the posts of one subject in one section",
        ("school_id", "stage", "subject"),
        use_zh="教师交流；不填则按班数和课程推算",
        use_en="rotation; derived from classes where absent",
    )

    school_id: Annotated[Id, Column("学校代码", "须见于“学校”表。", "A school.", refers="schools")]
    stage: Annotated[Stage, Column("学段", "小学或初中。", "primary or junior.", aliases=("任教学段",))]
    subject: Annotated[Subject, Column("学科", "课程标准学科。", "Subject.", aliases=("任教学科",))]
    posts: Annotated[Count, Column("岗位数", "人数，整数。", "Head count.", unit="posts")]


class Wish(Record):
    """One ranked wish of one teacher."""

    TABLE: ClassVar[Table] = Table(
        "wishes",
        "志愿",
        "一名教师的一个志愿",
        "one ranked wish of one teacher",
        ("teacher_id", "rank"),
        use_zh="教师交流（选填）",
        use_en="rotation, optional",
    )

    teacher_id: Annotated[Id, Column("教师编号", "须见于“教师”表。", "A teacher.", refers="teachers")]
    rank: Annotated[
        Annotated[int, Field(ge=1, le=100)],
        Column("志愿序号", "1 为第一志愿。", "1 is the first wish.", aliases=("志愿",)),
    ]
    school_id: Annotated[
        Id,
        Column("学校代码", "志愿学校。", "The school wished for.", refers="schools", aliases=("志愿学校代码",)),
    ]


class Travel(Record):
    """Minutes and kilometres from one school to another; a missing reverse is taken as equal."""

    TABLE: ClassVar[Table] = Table(
        "travel",
        "通勤",
        "两校间单向通勤",
        "travel from one school to another",
        ("from_school_id", "to_school_id"),
        use_zh="教师交流（选填）；不填则按直线距离",
        use_en="rotation, optional; great circle where absent",
    )

    from_school_id: Annotated[Id, Column("出发学校代码", "起点学校。", "From.", refers="schools")]
    to_school_id: Annotated[Id, Column("到达学校代码", "终点学校。", "To.", refers="schools")]
    minutes: Annotated[Amount | None, Column("分钟", "通勤时间。", "Travel time.", unit="minutes")] = None
    km: Annotated[Amount | None, Column("公里", "通勤里程。", "Distance by road.", unit="km")] = None


class Lock(Record):
    """A decision about one teacher, fixed or forbidden beforehand."""

    TABLE: ClassVar[Table] = Table(
        "locks",
        "锁定",
        "预先确定或禁止的一项安排",
        "a decision fixed or forbidden beforehand",
        ("teacher_id", "action", "school_id"),
        use_zh="教师交流（选填）",
        use_en="rotation, optional",
    )

    teacher_id: Annotated[Id, Column("教师编号", "须见于“教师”表。", "A teacher.", refers="teachers")]
    action: Annotated[
        LockAction,
        Column(
            "锁定方式", "留任、必须交流、调往、不调往。", "stay, move, to, not_to.", aliases=("动作", "操作")
        ),
    ]
    school_id: Annotated[
        Id | None, Column("学校代码", "“调往”“不调往”时填写。", "With to and not_to only.", refers="schools")
    ] = None
