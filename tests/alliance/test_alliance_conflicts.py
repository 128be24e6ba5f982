"""No plan is only said after two proofs, and what conflicts is named: by hand, and against plans without it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from allocator.alliance import group_solving, model, partition
from allocator.alliances import form_alliances
from allocator.domain.alliance_records import Link
from allocator.domain.choices import AllianceForm, LinkKind
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.domain.policy import Policy
from allocator.io.policies import load_policy
from allocator.text import LANGS
from tests.alliance.alliance_cases import district, existing, link, random_district, school
from tests.alliance.networks import small_network
from tests.alliance.test_alliance_districts import line

TOGETHER, APART = LinkKind.TOGETHER, LinkKind.APART
POLICY = load_policy()


def row(links: Iterable[tuple[str, str, LinkKind]] = ()) -> District:
    """S0 to S5, ever weaker, a kilometre apart; S0 to S2 are strong, S0 and S1 have art."""
    schools = [school(f"S{i}", quality=100 - 10 * i, km=i, tags=("art",) if i < 2 else ()) for i in range(6)]
    return district(schools, links=tuple(link(*one) for one in links))


def said(tables: District, form: str, policy: Policy = POLICY, **asked: object) -> list[str]:
    """Sentences in English; both languages are rendered."""
    decision = form_alliances(tables, policy, form=form, **asked)  # type: ignore[arg-type]  # a form and options by name
    assert decision.status is Status.INFEASIBLE
    assert all(problem.text(lang) for problem in decision.problems for lang in LANGS)
    return [problem.text("en") for problem in decision.problems]


def test_links_that_no_group_can_hold() -> None:
    """S0 with S3, S3 with S4, S0 not with S4: S3 may be in one group only. S5 and S2 have no part in it."""
    links = [("S0", "S3", TOGETHER), ("S3", "S4", TOGETHER), ("S0", "S4", APART), ("S2", "S5", APART)]
    (text,) = said(row(links), "group")
    assert all(words in text for words in ("S0 and S4 apart", "S0 and S3 together", "S3 and S4 together"))
    assert "S2" not in text
    assert "A3" not in text


def test_a_rule_and_a_link_that_conflict_are_both_named() -> None:
    """Two strong schools in one group: against A3. Two leads of hubs of one tag: no rule that may go."""
    (text,) = said(row([("S0", "S1", TOGETHER)]), "group")
    assert "A3" in text
    assert "S0 and S1 together" in text
    assert "S0 and S1 together" in said(row([("S0", "S1", TOGETHER)]), "hub")[0]


def test_numbers_of_groups() -> None:
    """Three lower schools make one group at most; none at all is against the link."""
    assert "1 at once" in said(row(), "group", groups=5)[0]
    (text,) = said(row([("S3", "S4", TOGETHER)]), "group", groups=0)
    assert "exactly 0 group(s)" in text
    assert "S3 and S4" in text


def test_a_renewal_against_links() -> None:
    """Two pairs, of four schools one may change, and links part a pair: two change."""
    before = row([("S0", "S3", APART), ("S1", "S4", APART)])
    before = before.model_copy(
        update={"memberships": existing(AllianceForm.PAIR, {"P1": ("S0", "S3"), "P2": ("S1", "S4")})}
    )
    (text,) = said(before, "pair", load_policy("national-2017", ["rules.A8=hard"]))
    assert "A8" in text
    assert "apart" in text


def _without(tables: District, links: Sequence[Link]) -> District:
    return tables.model_copy(update={"links": tuple(one for one in tables.links if one not in links)})


@pytest.mark.parametrize("form", ["group", "hub"])
def test_every_demand_named_is_needed(form: str) -> None:
    """With the links named alone there is no plan; with any one of them gone there is."""
    seen = 0
    for seed in range(20):
        for tables in (small_network(seed), random_district(seed, links=4)):
            decision = form_alliances(tables, form=form)  # type: ignore[arg-type]  # a form by its name
            if not decision.problems or decision.problems[0].key not in (
                "alliance.problem_conflict",
                "alliance.problem_alone",
            ):
                continue
            text = decision.problems[0].text("en")
            named = [
                one
                for one in tables.links
                for a, b in [sorted((one.school_a, one.school_b))]
                if f"{a} and {b} {one.link.value}" in text
            ]
            assert named
            seen += 1
            rest = [one for one in tables.links if one not in named]
            bare = _without(tables, rest)
            assert form_alliances(bare, form=form).status is Status.INFEASIBLE  # type: ignore[arg-type]  # as above
            for one in named:
                assert form_alliances(_without(bare, [one]), form=form).plan is not None  # type: ignore[arg-type]  # as above
    assert seen >= 3


def test_one_proof_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the second solver does not agree, nothing is called impossible."""
    for module in (model, group_solving, partition):
        monkeypatch.setattr(module, "proves_infeasible", lambda *_: False)
    tables = row([("S0", "S1", TOGETHER)])
    for form in ("group", "hub"):
        assert form_alliances(tables, form=form).status is Status.UNKNOWN
    uneven = form_alliances(line((300, 400, 300)), form="district", districts=2, max_pupil_deviation=0.1)
    assert uneven.status is Status.UNKNOWN
    assert not uneven.problems
