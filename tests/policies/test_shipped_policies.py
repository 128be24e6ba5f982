"""The shipped profiles: complete, sourced, and with the numbers of their sources."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from allocator.domain.choices import Stage, Subject
from allocator.domain.policy import UNVERIFIED, Policy, describe, paths
from allocator.domain.records import GRADES
from allocator.io.policies import describe_policy, load_policy, policy_ids
from allocator.io.resources import instances_folder, models_folder
from allocator.text import LANGS, catalogue

EXPECTED_IDS = (
    "anhui",
    "beijing-2021",
    "county-9-years",
    "hefei",
    "national-2017",
    "niigata-2008",
    "seoul-elementary",
    "shanghai-2023",
    "tianjin-2018",
)


def _weekly(policy: Policy, grade: int) -> float:
    return sum(row[grade - 1] for row in policy.curriculum.periods.values())


def test_the_ids_are_the_files() -> None:
    assert policy_ids() == EXPECTED_IDS


@pytest.mark.parametrize("name", EXPECTED_IDS)
def test_every_value_of_every_profile_has_a_source(name: str) -> None:
    policy = load_policy(name)
    assert policy.id == name
    assert policy.name_zh
    assert policy.name_en
    assert set(policy.sources) == set(paths())
    assert all(source.strip() for source in policy.sources.values())


def test_the_national_profile_states_every_value_itself() -> None:
    tree: dict[str, Any] = yaml.safe_load((models_folder() / "policies/national-2017.yaml").read_text("utf-8"))
    stated = {"as_of"} | {
        f"{s}.{f}" for s in tree if isinstance(tree[s], dict) and s != "as_of" for f in tree[s]
    }
    curriculum = {path for path in paths() if path.startswith("curriculum.")}
    assert stated == set(paths()) - curriculum


def test_the_national_profile_is_the_default_of_the_rules() -> None:
    """The domain's defaults and the file agree: a Policy made without a file has the same numbers."""
    policy = load_policy()
    for path in paths():
        section, _, field = path.partition(".")
        if section != "curriculum":
            value = getattr(getattr(policy, section), field) if field else getattr(policy, section)
            assert value == describe(path)[1], path


def test_what_no_text_says_is_marked_unverified() -> None:
    sources = load_policy().sources
    assert sources["rotation.max_share"].startswith(UNVERIFIED)
    assert sources["rotation.max_km"].startswith(UNVERIFIED)
    assert "教督〔2017〕6号" in sources["indicators.thresholds_primary"]
    assert "secondary cop" in sources["indicators.thresholds_primary"]


def test_local_rules() -> None:
    """A profile that fell back on the national numbers would give 6, None, 0.10, moved."""
    tianjin, county = load_policy("tianjin-2018").eligibility, load_policy("county-9-years").eligibility
    assert (tianjin.min_tenure_years, tianjin.age_below_men, tianjin.age_below_women) == (6, 50, 45)
    # "up to 50" includes those who are 50
    assert (county.min_tenure_years, county.age_below_men, county.age_below_women) == (9, 51, 46)
    shanghai = load_policy("shanghai-2023")
    assert (shanghai.rotation.min_share, shanghai.rotation.min_backbone_share) == (0.2, 0.3)
    assert shanghai.rotation.scope == "alliance"
    assert shanghai.active("R9")
    assert shanghai.rotation.min_down_share == 0.7
    assert not load_policy().active("R9")
    assert load_policy("anhui").rotation.backbone_base == "eligible_backbone"
    assert load_policy("hefei").rotation.backbone_base == "eligible_backbone"
    assert not load_policy("hefei").eligibility.graduating_class_exempt
    assert load_policy("beijing-2021").rotation.max_share == 1
    assert not load_policy("niigata-2008").active("R6")
    assert load_policy("seoul-elementary").eligibility.min_tenure_years == 5


def test_weekly_periods_add_up() -> None:
    """26 periods a week in grades 1-2, 30 in 3-6, 34 in 7-9; a dropped subject would show at once."""
    policy = load_policy()
    assert [_weekly(policy, grade) for grade in range(1, 10)] == [26, 26, 30, 30, 30, 30, 34, 34, 34]


def test_nine_years_have_9522_periods() -> None:
    """35 weeks, 33 in grade 9: (26 + 26 + 4 x 30 + 34 + 34) x 35 + 34 x 33 = 8,400 + 1,122 = 9,522."""
    policy = load_policy()
    total = sum(_weekly(policy, grade) * (33 if grade == 9 else 35) for grade in range(1, 10))
    assert total == 9522


def test_shares_of_subjects_lie_in_the_published_ranges() -> None:
    """Ranges of the 2022 plan; with all integrated periods counted as ict its share would be 6 %, not 2.2 %."""
    periods = load_policy().curriculum.periods

    def share(*subjects: Subject) -> float:
        return 100 * sum(sum(periods[s][:8]) * 35 + periods[s][8] * 33 for s in subjects) / 9522

    assert 20 <= share(Subject.CHINESE) <= 22
    assert 13 <= share(Subject.MATH) <= 15
    assert 10 <= share(Subject.PE) <= 11
    assert 9 <= share(Subject.MUSIC, Subject.ART) <= 11
    assert share(Subject.ICT) == pytest.approx(2.2, abs=0.05)
    assert share(Subject.LABOUR) == pytest.approx(13.9, abs=0.05)


@pytest.mark.parametrize(
    ("stage", "ratio", "size", "expected"), [(Stage.PRIMARY, 19, 45, 12.1), (Stage.JUNIOR, 13.5, 50, 9.2)]
)
def test_periods_a_teacher_at_full_classes(stage: Stage, ratio: float, size: int, expected: float) -> None:
    """Full classes at the pupil-teacher norm: 28.67 periods x 19 / 45 = 12.1, 34 x 13.5 / 50 = 9.2 a teacher.

    Non-teaching staff of 9 % and 15 % inside the norm bring them to 13.3 and 10.8, the published middle.
    """
    policy = load_policy()
    grades = GRADES[stage]
    weekly = sum(_weekly(policy, grade) for grade in grades) / len(grades)
    per_teacher = weekly * ratio / size
    assert per_teacher == pytest.approx(expected, abs=0.05)
    others = {Stage.PRIMARY: 0.09, Stage.JUNIOR: 0.15}[stage]
    assert per_teacher / (1 - others) == pytest.approx(
        {Stage.PRIMARY: 13.3, Stage.JUNIOR: 10.8}[stage], abs=0.05
    )


def test_every_subject_taught_has_a_load_inside_the_published_range() -> None:
    policy = load_policy()
    for stage, low, high in ((Stage.PRIMARY, 14, 20), (Stage.JUNIOR, 10, 16)):
        loads = getattr(policy.curriculum, f"load_{stage.value}")
        taught = {s for s, row in policy.curriculum.periods.items() if any(row[g - 1] for g in GRADES[stage])}
        assert set(loads) == taught
        assert all(low <= load <= high for load in loads.values())


def test_description_has_every_path_in_both_languages() -> None:
    policy = load_policy("tianjin-2018")
    for lang in LANGS:
        rows = describe_policy(policy, lang)
        assert [row.path for row in rows] == list(paths())
        assert all(row.description and row.value and row.source for row in rows)
    by_path = {row.path: row for row in describe_policy(policy, "zh")}
    assert by_path["eligibility.age_below_men"].value == "50"
    assert by_path["rotation.max_minutes"].value == "无"
    assert by_path["indicators.thresholds_primary"].value == "4.2, 1, 0.9, 4.5, 7.5, 2000, 2.3"


def test_english_descriptions_say_what_the_domain_says() -> None:
    texts = catalogue("policies")
    for path in paths():
        if description := describe(path)[0]:
            assert texts[path]["en"] == description


def test_every_policy_of_an_instance_loads() -> None:
    files = sorted(instances_folder().glob("*/*/policy.yaml"))
    assert len(files) >= 6
    for file in files:
        assert load_policy(file).sources
