"""A small fictional district: what the template shows as an example, complete enough to be planned."""

from __future__ import annotations

from decimal import Decimal
from itertools import cycle

from allocator.domain.alliance_records import Link, Membership, Town
from allocator.domain.choices import SchoolKind, Stage
from allocator.domain.district import District
from allocator.domain.money_records import Grant, Project, Received
from allocator.domain.records import GRADES, STAGES, DistrictInfo, Lock, Post, School, Teacher, Travel, Wish
from allocator.text import Lang

YEAR = 2025

_NAMES = {
    "district": ("示例区", "Example District"),
    "S001": ("示例区实验小学", "Experimental Primary School"),
    "S002": ("城关第二小学", "Chengguan No. 2 Primary School"),
    "S003": ("河湾小学", "Hewan Primary School"),
    "S004": ("育才初级中学", "Yucai Junior High School"),
    "S005": ("河湾初级中学", "Hewan Junior High School"),
    "S006": ("柳林学校", "Liulin School"),
    "chengguan": ("城关街道", "Chengguan"),
    "hewan": ("河湾镇", "Hewan"),
    "liulin": ("柳林乡", "Liulin"),
    "calligraphy": ("书法", "calligraphy"),
    "basketball": ("篮球", "basketball"),
    "science": ("科学实验", "science"),
    "G001": ("义务教育公用经费", "Operating funds"),
    "G002": ("教学设备更新", "Equipment renewal"),
    "P001": ("更新理科实验设备", "New science equipment"),
}

_SCHOOL_COLUMNS = (
    "setting",
    "lon",
    "lat",
    "opened",
    "teaching_area_m2",
    "sports_area_m2",
    "equipment_yuan",
    "multimedia_rooms",
    "quality",
)

# code, kind, town, setting, lon, lat, opened, pupils/classes a grade (primary, junior), areas m2, yuan,
# rooms, quality, tag
_SCHOOLS = """
S001 primary   chengguan urban   117.0520 39.1310 1956 27/1 -    980  2150 468000 9  92 calligraphy
S002 primary   chengguan town    117.0815 39.1185 1983 24/1 -    760  1420 331000 7  84 basketball
S003 primary   hewan     village 117.1390 39.0870 1979 14/1 -    520  1180 152000 4  70 -
S004 junior    chengguan urban   117.0610 39.1240 1961 -    36/1 890  1960 412000 6  91 science
S005 junior    hewan     town    117.1280 39.0940 1987 -    28/1 560  1050 198000 4  75 basketball
S006 nine_year liulin    village 117.1075 39.1720 1994 16/1 25/1 940  1730 246000 6  68 -
"""

# school, stage, then subject: posts
_POSTS = """
S001 primary chinese 2 math 2 english 1 pe 1 music 1
S002 primary chinese 2 math 2 english 1 pe 1 art 1
S003 primary chinese 2 math 2 english 1 pe 1
S004 junior  chinese 1 math 1 english 1 physics 1 history 1 pe 1 chemistry 1
S005 junior  chinese 1 math 1 english 1 physics 1 geography 1 music 1 pe 1
S006 primary chinese 2 math 2 english 1 music 1 pe 1
S006 junior  chinese 1 math 1 english 1 physics 1 biology 1 pe 1
"""

# school, stage, subject, gender, birth, since, degree, title, backbone, role
_TEACHERS = """
S001 primary chinese F 1974-05 2012-08 bachelor  senior city   principal
S001 primary chinese F 1986-03 2011-09 bachelor  first  county head_teacher
S001 primary math    M 1984-11 2010-09 bachelor  first  county subject_leader
S001 primary math    F 1990-07 2016-09 bachelor  second school head_teacher
S001 primary english F 1988-02 2013-09 bachelor  first  county teacher
S001 primary pe      M 1991-10 2017-09 bachelor  second none   teacher
S001 primary music   F 1993-06 2020-09 bachelor  second none   teacher
S002 primary chinese F 1976-09 2014-08 bachelor  senior county principal
S002 primary chinese F 1989-04 2014-09 bachelor  first  county head_teacher
S002 primary math    F 1987-12 2012-09 associate first  school head_teacher
S002 primary math    M 1995-01 2021-09 bachelor  third  none   teacher
S002 primary english F 1992-08 2018-09 bachelor  second none   teacher
S002 primary art     F 1994-05 2019-09 bachelor  second none   teacher
S003 primary chinese M 1971-02 2015-08 associate senior school principal
S003 primary chinese F 1983-06 2009-09 associate first  none   head_teacher
S003 primary math    M 1979-10 2006-09 associate first  none   head_teacher
S003 primary math    F 1997-03 2022-09 bachelor  third  none   teacher
S003 primary pe      M 1985-08 2013-09 associate second none   teacher
S004 junior  chinese F 1975-01 2013-08 bachelor  senior city   principal
S004 junior  math    M 1982-09 2008-09 bachelor  senior county subject_leader
S004 junior  english F 1985-05 2012-09 master    first  county head_teacher
S004 junior  physics M 1988-06 2015-09 bachelor  first  county teacher
S004 junior  history F 1990-03 2016-09 bachelor  second school head_teacher
S004 junior  pe      M 1992-12 2018-09 bachelor  second none   teacher
S004 junior  chemistry F 1987-07 2014-09 bachelor first school head_teacher
S005 junior  chinese M 1973-08 2016-08 bachelor  senior school principal
S005 junior  math    F 1989-02 2014-09 bachelor  first  none   head_teacher
S005 junior  english F 1993-04 2019-09 bachelor  second none   head_teacher
S005 junior  physics M 1981-11 2010-09 bachelor  first  school teacher
S005 junior  geography F 1991-09 2017-09 bachelor second none  head_teacher
S005 junior  music   F 1995-05 2021-09 bachelor  third  none   teacher
S006 primary chinese F 1984-10 2010-09 associate first  none   head_teacher
S006 primary chinese F 1996-06 2021-09 bachelor  third  none   teacher
S006 primary math    M 1977-03 2005-09 associate first  none   head_teacher
S006 primary math    F 1990-11 2015-09 bachelor  second school teacher
S006 primary music   F 1988-01 2014-09 associate second none   teacher
S006 junior  chinese M 1972-12 2014-08 bachelor  senior county principal
S006 junior  math    F 1986-08 2013-09 bachelor  first  none   head_teacher
S006 junior  english F 1994-02 2020-09 bachelor  second none   head_teacher
S006 junior  biology F 1989-05 2015-09 bachelor  second none   head_teacher
S006 junior  pe      M 1987-04 2012-09 bachelor  second none   teacher
"""

_SURNAMES = (
    "王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高",
    "Wang Li Zhang Liu Chen Yang Zhao Huang Zhou Wu Xu Sun Hu Zhu Gao",
)
_GIVEN = {
    "F": ("芳 丽娟 晓燕 雪梅 静怡 玉兰 思雨", "Fang Lijuan Xiaoyan Xuemei Jingyi Yulan Siyu"),
    "M": ("建国 志强 海涛 文斌 立新", "Jianguo Zhiqiang Haitao Wenbin Lixin"),
}
_RECEIVED = {
    "S001": Decimal(118000),
    "S002": Decimal(105000),
    "S003": Decimal(74000),
    "S004": Decimal(103000),
    "S005": Decimal(80000),
    "S006": Decimal(142000),
}
_VOLUNTEERS = (3, 10, 20, 27)
_EXEMPT = (17,)
_GRADUATING = (23, 25, 29, 38)


def example_district(lang: Lang) -> District:
    """Return the example; names are in the language, codes and numbers the same in both."""

    def name(key: str) -> str:
        return _NAMES[key][lang == "en"]

    return District(
        info=DistrictInfo(name=name("district"), year=YEAR),
        schools=tuple(_school(line.split(), lang) for line in _SCHOOLS.strip().splitlines()),
        teachers=_teachers(lang),
        posts=tuple(post for line in _POSTS.strip().splitlines() for post in _posts(line.split())),
        wishes=(
            Wish(teacher_id="T003", rank=1, school_id="S003"),
            Wish(teacher_id="T003", rank=2, school_id="S006"),
            Wish(teacher_id="T020", rank=1, school_id="S005"),
        ),
        travel=(
            Travel(from_school_id="S001", to_school_id="S003", minutes=28, km=11.4),
            Travel(from_school_id="S001", to_school_id="S006", minutes=22, km=8.6),
        ),
        locks=(
            Lock(teacher_id="T019", action="stay"),
            Lock(teacher_id="T009", action="not_to", school_id="S006"),
        ),
        memberships=(
            Membership(alliance_id="A01", form="pair", school_id="S001", role="lead", since=2023),
            Membership(alliance_id="A01", form="pair", school_id="S003", role="member", since=2023),
        ),
        links=(Link(school_a="S004", school_b="S005", link="wish", weight=1),),
        towns=(
            Town(town=name("chengguan"), lon=117.064, lat=39.125, neighbours=(name("hewan"), name("liulin"))),
            Town(town=name("hewan"), lon=117.133, lat=39.09, neighbours=(name("chengguan"),)),
            Town(town=name("liulin"), lon=117.107, lat=39.172, neighbours=(name("chengguan"),)),
        ),
        grants=(
            Grant(
                grant_id="G001",
                name=name("G001"),
                amount_yuan=620000,
                purpose="operating",
                rule="formula",
                hold_harmless=0.95,
                year=YEAR,
            ),
            Grant(
                grant_id="G002",
                name=name("G002"),
                amount_yuan=150000,
                purpose="equipment",
                rule="projects",
                year=YEAR,
            ),
        ),
        received=tuple(
            Received(school_id=code, grant_id="G001", year=YEAR - 1, amount_yuan=amount)
            for code, amount in _RECEIVED.items()
        ),
        projects=(
            Project(
                project_id="P001",
                school_id="S005",
                grant_id="G002",
                name=name("P001"),
                cost_yuan=86000,
                adds="equipment_yuan",
                amount=86000,
            ),
        ),
    )


def _school(row: list[str], lang: Lang) -> School:
    """Make a school of its line; the columns between the grades and the tag are named in order."""
    code, kind, town, *rest, tag = row
    primary, junior = rest[4:6]
    grades: dict[str, str] = {}
    for stage, filled in ((Stage.PRIMARY, primary), (Stage.JUNIOR, junior)):
        pupils, _, classes = filled.partition("/")
        for grade in GRADES[stage] if classes else ():
            grades |= {f"pupils_g{grade}": pupils, f"classes_g{grade}": classes}
    english = lang == "en"
    return School.model_validate(
        {
            **dict(zip(_SCHOOL_COLUMNS, (*rest[:4], *rest[6:]), strict=True)),
            **grades,
            **{f"seats_{s.value}": 45 * len(GRADES[s]) for s in STAGES[SchoolKind[kind.upper()]]},
            "school_id": code,
            "name": _NAMES[code][english],
            "kind": kind,
            "town": _NAMES[town][english],
            "boarders": 0,
            "special_pupils": 1,
            "tags": () if tag == "-" else (_NAMES[tag][english],),
        }
    )


def _posts(row: list[str]) -> list[Post]:
    school, stage, *rest = row
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return [
        Post.model_validate({"school_id": school, "stage": stage, "subject": subject, "posts": number})
        for subject, number in pairs
    ]


def _teachers(lang: Lang) -> tuple[Teacher, ...]:
    english = lang == "en"
    surnames = cycle(_SURNAMES[english].split())
    given = {gender: cycle(names[english].split()) for gender, names in _GIVEN.items()}
    names = ("school_id", "stage", "subject", "gender", "birth", "since", "degree", "title", "backbone", "role")
    out = []
    for number, line in enumerate(_TEACHERS.strip().splitlines(), 1):
        row: dict[str, object] = dict(zip(names, line.split(), strict=True))
        row["teacher_id"] = f"T{number:03d}"
        row["name"] = next(surnames) + (" " if english else "") + next(given[str(row["gender"])])
        row["terms"] = 1 if row["role"] == "principal" else None
        row["volunteer"] = number in _VOLUNTEERS
        row["exempt"] = number in _EXEMPT
        row["graduating_class"] = number in _GRADUATING
        out.append(Teacher.model_validate(row))
    return tuple(out)
