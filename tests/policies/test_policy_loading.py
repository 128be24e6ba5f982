"""Loading a profile: overrides, inheritance, and every problem in one error."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.domain.fields import Month
from allocator.domain.policy import Policy
from allocator.errors import PolicyError
from allocator.io.policies import load_policy
from allocator.text import LANGS


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _problems(name: str | Path, *overrides: str) -> list[tuple[str, dict[str, object]]]:
    with pytest.raises(PolicyError) as caught:
        load_policy(name, overrides)
    for lang in LANGS:
        assert "{" not in caught.value.text(lang).replace("{value:", "").replace("{{", "")
    return [(key.removeprefix("policy_"), dict(params)) for key, params in caught.value.problems]


@pytest.mark.parametrize(
    "overrides",
    [{"rotation.max_share": 0.2, "as_of": "2026-01"}, ["rotation.max_share=0.2", "as_of = 2026-01"]],
)
def test_overrides_replace_values_and_say_so(overrides: dict[str, object] | list[str]) -> None:
    policy = load_policy("national-2017", overrides)
    assert policy.rotation.max_share == 0.2
    assert policy.as_of == Month.of(2026, 1)
    assert policy.sources["rotation.max_share"] == "command line"
    assert policy.sources["rotation.min_share"] != "command line"


def test_overrides_are_yaml() -> None:
    policy = load_policy(
        overrides=[
            "rotation.max_minutes=null",
            "objective.levels=[balance, staffing]",
            "rules.R9=on",
            "rules.R7=off",
            "rotation.second_subject=true",
        ]
    )
    assert policy.rotation.max_minutes is None
    assert policy.objective.levels == ("balance", "staffing")
    assert policy.active("R9")
    assert not policy.active("R7")
    assert policy.rotation.second_subject is True


def test_one_text_is_one_override() -> None:
    assert load_policy(overrides="rotation.max_km=7").rotation.max_km == 7


def test_digest_follows_values_not_sources(tmp_path: Path) -> None:
    same = load_policy(overrides={"rotation.max_share": 0.15})
    assert same.sha256 == load_policy().sha256
    assert load_policy(overrides={"rotation.max_share": 0.16}).sha256 != load_policy().sha256


def test_a_file_extends_a_shipped_profile(tmp_path: Path) -> None:
    file = _write(
        tmp_path,
        "our-county.yaml",
        'extends: tianjin-2018\nname_zh: 本县\nrotation:\n  max_km: {value: 12, source: "本县〔2026〕3号"}\n',
    )
    policy = load_policy(str(file))
    assert (policy.id, policy.name_zh) == ("our-county", "本县")
    assert policy.rotation.max_km == 12
    assert policy.eligibility.age_below_men == 50
    assert policy.sources["rotation.max_km"] == "本县〔2026〕3号"


def test_a_file_without_extends_extends_the_national_profile(tmp_path: Path) -> None:
    file = _write(tmp_path, "own.yaml", "id: own\nrotation:\n  max_km: {value: 5, source: own}\n")
    assert load_policy(file).indicators == load_policy().indicators


def test_a_file_extends_a_file_beside_it(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "base.yaml",
        "rotation:\n  max_km: {value: 5, source: base}\n  min_share: {value: 0.3, source: base}\n",
    )
    file = _write(tmp_path, "own.yaml", "extends: base.yaml\nrotation:\n  max_km: {value: 6, source: own}\n")
    policy = load_policy(file)
    assert (policy.rotation.max_km, policy.rotation.min_share) == (6, 0.3)


def test_a_note_stands_behind_its_source(tmp_path: Path) -> None:
    file = _write(tmp_path, "own.yaml", "rotation:\n  max_km: {value: 5, source: a, note: b}\n")
    assert load_policy(file).sources["rotation.max_km"] == "a — b"


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    """Seven faults, seven lines; a loader that stops at the first would give one."""
    file = _write(
        tmp_path,
        "bad.yaml",
        "id: bad\n"
        "colour: red\n"
        "rotation:\n"
        "  max_shar: {value: 0.2, source: x}\n"
        "  max_share: {value: 1.5, source: x}\n"
        "  min_share: {value: 0.1}\n"
        "  max_km: 12\n"
        "rules:\n"
        "  R2: {value: soft, source: x}\n",
    )
    problems = _problems(file, "eligibility.min_tenure_years=six", "nonsense")
    assert [key for key, _ in problems] == [
        "unknown_key",
        "unknown_key_near",
        "no_source",
        "entry_form",
        "override_form",
        "type_number",
        "at_most",
        "choice",
    ]
    near = problems[1][1]
    assert (near["name"], near["nearest"]) == ("rotation.max_shar", "rotation.max_share")
    assert problems[7][1]["choices"] == "hard, elastic, off"


@pytest.mark.parametrize(
    ("override", "key"),
    [
        ("rotation.max_km=true", "type_number"),
        ("rotation.max_km='12'", "type_number"),
        ("rotation.max_km=.nan", "type_number"),
        ("rotation.max_km=-1", "at_least"),
        ("eligibility.principal_min_terms=2.5", "type_whole"),
        ("rotation.second_subject=1", "type_flag"),
        ("rotation.scope=city", "choice"),
        ("rules.R1=off", "choice"),
        ("as_of=2026-13", "type_month"),
        ("as_of=2026-08-01", "type_month"),
        ("indicators.cv_limit_primary=0", "more_than"),
        ("indicators.thresholds_primary=[1, 2]", "length"),
        ("indicators.thresholds_primary=[1, 2, 3, 4, 5, 6, 7, 8]", "length"),
        ("objective.levels=[staffing, staffing]", "levels"),
        ("objective.levels=staffing", "type_list"),
        ("curriculum.periods=9", "type_tree"),
        ("curriculum.periods={maths: [1, 1, 1, 1, 1, 1, 1, 1, 1]}", "choice"),
        ("max_km=3", "unknown_key_near"),
        ("zzz=3", "unknown_key"),
    ],
)
def test_each_wrong_value_has_its_own_sentence(override: str, key: str) -> None:
    assert [found for found, _ in _problems("national-2017", override)] == [key]


def test_periods_without_a_load_are_refused() -> None:
    found = _problems("national-2017", "curriculum.load_junior={chinese: 11}")
    assert ("no_load", {"stage": "junior", "subject": "math"}) in found
    assert len(found) == 13


def test_unknown_profile_names_the_nearest() -> None:
    ((key, params),) = _problems("tianjin2018")
    assert key == "unknown_near"
    assert params["nearest"] == "tianjin-2018"
    assert "shanghai-2023" in str(params["known"])


def test_missing_file(tmp_path: Path) -> None:
    assert _problems(tmp_path / "none.yaml")[0][0] == "no_file"


def test_syntax_errors_say_line_and_column(tmp_path: Path) -> None:
    file = _write(tmp_path, "bad.yaml", "id: bad\nrotation:\n  max_km: {value: 3, source: x\n")
    key, params = _problems(file)[0]
    assert key == "syntax"
    assert params["line"] == 4


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    """YAML itself would silently keep the last."""
    file = _write(tmp_path, "bad.yaml", "id: bad\nid: worse\n")
    key, params = _problems(file)[0]
    assert (key, params["line"]) == ("syntax", 2)


@pytest.mark.parametrize("text", ["[1, 2]", "just words"])
def test_a_file_that_is_no_tree(tmp_path: Path, text: str) -> None:
    assert _problems(_write(tmp_path, "bad.yaml", text))[0][0] == "not_a_tree"


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_bytes(b"\xff\xfe\x00\x01\x81")
    assert _problems(file)[0][0] in ("unreadable", "syntax")


def test_a_circle_of_profiles_is_refused(tmp_path: Path) -> None:
    _write(tmp_path, "a.yaml", "extends: ./b.yaml\n")
    file = _write(tmp_path, "b.yaml", "extends: ./a.yaml\n")
    key, params = _problems(file)[0]
    assert key == "extends_cycle"
    assert params["chain"] == "b → a → b"


def test_unknown_curriculum(tmp_path: Path) -> None:
    file = _write(tmp_path, "own.yaml", "curriculum: qingdao-9523\n")
    ((key, params),) = _problems(file)
    assert (key, params["nearest"]) == ("unknown_curriculum_near", "qingdao-9522")


def test_a_curriculum_of_ones_own(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "periods.yaml",
        "periods: {value: {chinese: [1, 1, 1, 1, 1, 1, 0, 0, 0]}, source: own}\n",
    )
    policy = load_policy(_write(tmp_path, "own.yaml", "curriculum: periods.yaml\n"))
    assert list(policy.curriculum.periods) == ["chinese"]
    assert policy.curriculum.load_primary == load_policy().curriculum.load_primary


def test_error_reads_well_in_both_languages() -> None:
    with pytest.raises(PolicyError) as caught:
        load_policy(overrides=["rotation.max_shar=0.2"])
    assert caught.value.text("en").splitlines() == [
        "Policy profile 'national-2017' has 1 problem(s):",
        "- 'rotation.max_shar' in '--set' is nothing that a policy profile has; "
        "did you mean 'rotation.max_share'?",
    ]
    assert "是否指“rotation.max_share”" in caught.value.text("zh")


def test_a_loaded_policy_survives_its_own_json() -> None:
    policy = load_policy("tianjin-2018")
    assert Policy.model_validate_json(policy.model_dump_json()) == policy
