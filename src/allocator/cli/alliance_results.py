"""Results of kind alliance: checked and explained by the commands that serve every plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from allocator.cli import show
from allocator.cli.claims import Claims
from allocator.cli.judgements import tell
from allocator.domain.alliance_explained import AllianceAnswer, Couple
from allocator.domain.division_explained import DivisionAnswer
from allocator.domain.policy import Policy
from allocator.domain.run import Limits
from allocator.errors import UsageError
from allocator.text import Lang


def check(
    district: Path,
    plan: Path,
    policy: str | None,
    overrides: Sequence[str] | None,
    lang: Lang,
    *,
    as_json: bool,
) -> None:
    """Judge a plan of alliances from the tables alone, by what its result says was asked for."""
    from allocator.io import read  # noqa: PLC0415  help stays fast
    from allocator.io.alliance_plans import read_alliances  # noqa: PLC0415  as above
    from allocator.partners.judging import judge  # noqa: PLC0415  as above

    claims = Claims.of(plan)
    profile = _profile(claims, policy, overrides)
    data = read(district).district
    recorded = read_alliances(plan, data)
    report = judge(data, profile, recorded.plan, recorded.request)
    tell(report, profile, claims.problems(data, profile, report, lang), lang, as_json=as_json)


def explain(
    district: Path,
    plan: Path,
    school: str | None,
    other: str | None,
    policy: str | None,
    overrides: Sequence[str] | None,
    limits: Limits,
    lang: Lang,
    *,
    as_json: bool,
) -> None:
    """Explain the partners of a school, or why it is (not) together with one other.

    Raises
    ------
    UsageError
        If no school is named.
    """
    from allocator.io import read  # noqa: PLC0415  help stays fast
    from allocator.io.alliance_plans import read_alliances  # noqa: PLC0415  as above
    from allocator.partners import explain_alliance, explain_division  # noqa: PLC0415  as above
    from allocator.partners.division_words import division_sentences  # noqa: PLC0415  as above
    from allocator.partners.wording import sentences  # noqa: PLC0415  as above

    if school is None:
        raise UsageError("alliance_plan.needs_school")
    profile = _profile(Claims.of(plan), policy, overrides)
    data = read(district).district
    recorded = read_alliances(plan, data)
    made, request = recorded.plan, recorded.request
    if made.form == "district":
        division = explain_division(data, made, school, other, profile, request=request, limits=limits)
        document, lines = _division(division, lang), division_sentences(division, data, profile, lang)
    else:
        answer = explain_alliance(data, made, school, other, profile, request=request, limits=limits)
        document, lines = _document(answer, lang), sentences(answer, data, profile, lang)
    if as_json:
        show.print_json({**document, "sentences": list(lines)})
        return
    for line in lines:
        show.out.print(show.one_line(line), markup=False, soft_wrap=True)


def _profile(claims: Claims, policy: str | None, overrides: Sequence[str] | None) -> Policy:
    """The profile that was used, unless another is named."""
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  help stays fast

    recorded = None if policy or overrides else claims.policy
    return recorded or load_policy(policy or DEFAULT_POLICY, overrides or ())


def _document(answer: AllianceAnswer, lang: Lang) -> dict[str, Any]:
    outside = answer.outside
    return {
        "school": answer.school,
        "outside": None if outside is None else {"reason": outside.reason, "text": outside.text(lang)},
        "resolved": None if answer.resolved is None else asdict(answer.resolved),
        "couples": [_couple(couple) for couple in answer.couples],
    }


def _division(answer: DivisionAnswer, lang: Lang) -> dict[str, Any]:
    moved = [{**asdict(one), "faults": [fault.text(lang) for fault in one.faults]} for one in answer.moved]
    return {**asdict(answer), "together": answer.together, "moved": moved}


def _couple(couple: Couple) -> dict[str, Any]:
    from allocator.domain.worth import Tie  # noqa: PLC0415  as above
    from allocator.io.alliance_worth import tie_records  # noqa: PLC0415  as above

    ties = couple.ties or (Tie("", couple.school, couple.other, couple.worth),)
    return {
        "school": couple.school,
        "other": couple.other,
        "together": bool(couple.ties or couple.fellows),
        "alliances": [t.alliance_id for t in couple.ties] or list(couple.fellows),
        "barred": list(couple.barred),
        "bound": couple.bound,
        "partners": {school: list(own) for school, own in couple.partners.items()},
        "worth": tie_records(ties)[0],
        "resolved": None if couple.resolved is None else asdict(couple.resolved),
    }
