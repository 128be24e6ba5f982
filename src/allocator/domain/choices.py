"""The codes of the format and their Chinese labels."""

from allocator.domain.fields import Choice


class Stage(Choice):
    """Stage of schooling; a school has one section a stage."""

    PRIMARY = "primary", "小学", "小学部"
    JUNIOR = "junior", "初中", "初中部"


class SchoolKind(Choice):
    """Kind of school, which says the stages it has."""

    PRIMARY = "primary", "小学", "完全小学", "完小"
    JUNIOR = "junior", "初中", "初级中学", "完全中学", "完中"
    NINE_YEAR = "nine_year", "九年一贯制", "九年制", "九年一贯制学校", "一贯制", "十二年一贯制"


class Setting(Choice):
    """Urban or rural setting."""

    URBAN = "urban", "城区", "城市", "主城区"
    TOWN = "town", "镇区", "镇", "县镇"
    VILLAGE = "village", "乡村", "农村", "村"


class Subject(Choice):
    """Subject of the curriculum."""

    CHINESE = "chinese", "语文"
    MATH = "math", "数学"
    ENGLISH = "english", "外语", "英语"
    MORALITY = "morality", "道德与法治", "道法", "政治", "思想品德", "品德"
    SCIENCE = "science", "科学"
    PHYSICS = "physics", "物理"
    CHEMISTRY = "chemistry", "化学"
    BIOLOGY = "biology", "生物"
    HISTORY = "history", "历史"
    GEOGRAPHY = "geography", "地理"
    MUSIC = "music", "音乐"
    ART = "art", "美术"
    PE = "pe", "体育与健康", "体育"
    ICT = "ict", "信息科技", "信息技术"
    LABOUR = "labour", "劳动", "劳动技术"
    PSYCHOLOGY = "psychology", "心理健康", "心理"
    OTHER = "other", "其他", "其它"


class Gender(Choice):
    """Gender, for the retirement age only."""

    M = "M", "男"
    F = "F", "女"


class Degree(Choice):
    """Highest degree, in ascending order."""

    SECONDARY = "secondary", "中专及以下", "中专", "高中", "高中及以下"
    ASSOCIATE = "associate", "专科", "大专"
    BACHELOR = "bachelor", "本科", "大学本科"
    MASTER = "master", "硕士", "硕士研究生"
    DOCTOR = "doctor", "博士", "博士研究生"


class Title(Choice):
    """Professional title, in ascending order."""

    NONE = "none", "未评", "未定级", "未评聘"
    THIRD = "third", "三级", "三级教师"
    SECOND = "second", "二级", "二级教师"
    FIRST = "first", "一级", "一级教师"
    SENIOR = "senior", "高级", "高级教师", "副高级"
    PRINCIPAL = "principal", "正高级", "正高级教师"


class Backbone(Choice):
    """Backbone (key teacher) level, in ascending order; county and above count in I2 and R7."""

    NONE = "none", "无"
    SCHOOL = "school", "校级", "校级骨干"
    COUNTY = "county", "县级", "区级", "区县级", "县级骨干", "区级骨干"
    CITY = "city", "市级", "市级骨干"
    PROVINCE = "province", "省级", "省级骨干"


class Role(Choice):
    """Role at the school."""

    TEACHER = "teacher", "教师", "专任教师", "普通教师"
    HEAD_TEACHER = "head_teacher", "班主任"
    SUBJECT_LEADER = "subject_leader", "教研组长", "学科组长"
    VICE_PRINCIPAL = "vice_principal", "副校长"
    PRINCIPAL = "principal", "校长"


class LockAction(Choice):
    """Decision fixed or forbidden beforehand."""

    STAY = "stay", "留任"
    MOVE = "move", "必须交流", "必须轮岗"
    TO = "to", "调往"
    NOT_TO = "not_to", "不调往"


class AllianceForm(Choice):
    """Form of an alliance."""

    PAIR = "pair", "结对"
    GROUP = "group", "集团"
    HUB = "hub", "特色联盟"
    CHAIN = "chain", "贯通联盟"


class AllianceRole(Choice):
    """Part of a school in an alliance."""

    LEAD = "lead", "牵头校", "核心校", "龙头校"
    MEMBER = "member", "成员校"


class LinkKind(Choice):
    """Wish or command about a pair of schools."""

    TOGETHER = "together", "必须同盟"
    APART = "apart", "不得同盟"
    WISH = "wish", "意向"


class Purpose(Choice):
    """Purpose of a grant."""

    OPERATING = "operating", "公用经费"
    EQUIPMENT = "equipment", "仪器设备"
    MULTIMEDIA = "multimedia", "信息化"
    TEACHING_AREA = "teaching_area", "校舍"
    SPORTS_AREA = "sports_area", "运动场"
    TRAINING = "training", "教师培训"
    INCENTIVE = "incentive", "联盟奖励"


class SplitRule(Choice):
    """Rule by which a grant is split."""

    FORMULA = "formula", "定额"
    BALANCE = "balance", "均衡"
    CLOSEST = "closest", "基数调整"
    LEXIMIN = "leximin", "托底", "托底优先", "补短板"
    BUNDLED = "bundled", "捆绑评价", "联盟评价"
    PROJECTS = "projects", "项目"


class Asset(Choice):
    """What a project adds to a school."""

    EQUIPMENT_YUAN = "equipment_yuan", "教学仪器设备值"
    MULTIMEDIA_ROOMS = "multimedia_rooms", "网络多媒体教室数"
    TEACHING_AREA_M2 = "teaching_area_m2", "教学及辅助用房面积"
    SPORTS_AREA_M2 = "sports_area_m2", "体育运动场馆面积"
