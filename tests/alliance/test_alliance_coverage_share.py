"""A share of the lower schools that must be covered: against all plans tried, by hand, in words, as typed."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest

from allocator.alliances import form_alliances
from allocator.checking import Terms, check_alliances
from allocator.cli.app import run
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.domain.policy import Policy
from allocator.errors import UsageError
from allocator.io.policies import load_policy
from tests.alliance.alliance_cases import district, school
from tests.alliance.networks import small_network
from tests.alliance.oracle import groups_of, plans

FREE = load_policy("national-2017", ["alliance.max_km=25", "alliance.group_min_members=1", "rules.A7=off"])
"""Coverage is no level, so that only the share asks for it."""


def row(qualities: tuple[float, ...]) -> District:
    """Primary schools S1, S2, ... one kilometre apart, without any other figure."""
    return district([school(f"S{i}", quality=q, km=float(i)) for i, q in enumerate(qualities, 1)])


def best_levels(tables: District, share: float) -> tuple[float, ...] | None:
    """Benefit, evenness and distance of the best of all plans with the share; None if there is none."""
    terms, found = Terms(coverage_share=share), []
    for plan in plans(tables, FREE, "group", Terms()):
        verdict = check_alliances(tables, FREE, plan, terms=terms)
        if verdict.passed:
            *_, benefit, evenness, distance = verdict.levels.values()
            found.append((round(-benefit, 9), round(evenness, 9), round(distance, 9)))
    return None if not found else (-min(found)[0], *min(found)[1:])


def test_a_share_is_kept_as_trying_every_plan_says() -> None:
    """Without A7, benefit and evenness come first; the share alone makes plans cover schools."""
    told = infeasible = 0
    for seed in range(12):
        tables = small_network(seed, 6)
        free = [level.final for level in form_alliances(tables, FREE, form="group").levels]
        for share in (0.5, 0.8):
            best = best_levels(tables, share)
            decision = form_alliances(tables, FREE, form="group", coverage_share=share)
            found = [level.final for level in decision.levels]
            if best is None:
                assert decision.status is Status.INFEASIBLE, seed
                infeasible += decision.problems[0].key == "groups.problem_share"
            else:
                assert found == pytest.approx(best, abs=2e-6), seed
                told += found != free
    assert told >= 2
    assert infeasible >= 2


def policy(*more: str) -> Policy:
    return load_policy("national-2017", ["alliance.group_max_members=2", "alliance.strong_share=0.2", *more])


def test_a_share_that_cannot_be_says_the_largest() -> None:
    """One lead of five schools takes two of the four lower ones: 50 %, not 60 % (three schools, rounded up)."""
    tables = row((90, 40, 30, 20, 10))
    assert form_alliances(tables, policy(), form="group", coverage_share=0.5).status is Status.OPTIMAL
    decision = form_alliances(tables, policy(), form="group", coverage_share=0.6)
    assert decision.status is Status.INFEASIBLE
    for lang in ("zh", "en"):
        said = decision.problems[0].text(lang)
        assert all(figure in said for figure in ("4", "3", "60.0%", "2", "50.0%")), said


def test_the_largest_share_that_is_named_is_possible() -> None:
    """Two of three is 66.6 %, rounded down: 66.7 % would be refused again."""
    tables = row((90, 40, 30, 20))
    decision = form_alliances(tables, policy(), form="group", coverage_share=0.9)
    largest = decision.problems[0].params["largest"]
    assert largest == 0.666
    assert form_alliances(tables, policy(), form="group", coverage_share=float(str(largest))).plan is not None


def test_numbers_of_groups_are_not_blamed_on_the_share() -> None:
    """Nine groups are too many whatever the share is."""
    decision = form_alliances(row((90, 40, 30, 20)), policy(), form="group", coverage_share=0.1, groups=9)
    assert decision.problems[0].key == "groups.problem_number"


@pytest.mark.parametrize("rule", ["hard", "off"])
def test_the_checker_counts_the_share(rule: str) -> None:
    """Two of four are inside; 75 % are three, one more. It binds where A7 is off as well."""
    tables, rules = row((90, 40, 30, 20, 10)), policy(f"rules.A7={rule}")
    plan = form_alliances(tables, rules, form="group", coverage_share=0.5).plan
    assert plan is not None
    assert check_alliances(tables, rules, plan, terms=Terms(coverage_share=0.5)).passed
    verdict = check_alliances(tables, rules, plan, terms=Terms(coverage_share=0.75))
    assert [(v.rule, v.key, v.amount) for v in verdict.broken] == [("A7", "A7_share", 1)]


def test_decimal_shares_are_taken_exactly() -> None:
    """0.7 of 10 schools are 7: a product of floats would ask for 8 of 10 in places, or accept 6."""
    assert ceil(Fraction("0.7") * 10) == 7
    tables = row((90, 89, *(50.0 - i for i in range(10))))
    rules = load_policy("national-2017", ["alliance.strong_share=0.1", "alliance.group_max_members=5"])
    decision = form_alliances(tables, rules, form="group", coverage_share=0.7, capacities={"S1": 5, "S2": 2})
    assert decision.plan is not None
    assert sum(len(members) for _, members, _ in groups_of(decision.plan)) == 7


def test_what_does_not_go_together() -> None:
    tables = row((90, 40, 30))
    with pytest.raises(UsageError):
        form_alliances(tables, form="pair", coverage_share=0.5)
    with pytest.raises(UsageError):
        form_alliances(tables, form="group", coverage_share=1.5)


def test_as_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command refuses a share that cannot be with a sentence and exit 3; a possible one is recorded."""
    assert run(["generate", "-o", str(tmp_path / "in"), "--schools", "12", "--seed", "3"]) == 0
    command = [
        "ally",
        str(tmp_path / "in"),
        "-o",
        str(tmp_path / "out"),
        "--form",
        "group",
        "-q",
        "--lang",
        "en",
    ]
    assert run([*command, "--coverage-share", "0.3"]) == 0
    assert '"coverage_share": 0.3' in (tmp_path / "out" / "result.json").read_text(encoding="utf-8")
    narrow = ["--set", "alliance.group_max_members=2", "--set", "alliance.max_km=4"]
    capsys.readouterr()
    assert run([*command, *narrow, "--coverage-share", "1"]) == 3
    assert "a share of" in capsys.readouterr().err
