"""The command that forms alliances: ally."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allocator.cli import districts, show
from allocator.cli.language import spoken
from allocator.cli.options import (
    LANGUAGE,
    District,
    GapOption,
    JsonOption,
    LangOption,
    OutFolder,
    PolicyOption,
    QuietOption,
    SeedOption,
    SetOption,
    TimeOption,
    WorkersOption,
)
from allocator.cli.running import Ask
from allocator.domain import allied
from allocator.domain.alliance_words import change_text, losses_text
from allocator.domain.plan import Status
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.errors import InfeasibleError, LimitError, UsageError
from allocator.text import Lang, say

if TYPE_CHECKING:
    from allocator.alliances import AllianceDecision
    from allocator.io.reading import Reading

SHOWN = 20
"""Rows of a list that the terminal shows; the files have all."""

LEVEL_HEADERS = {name: f"alliance.col_{name}" for name in ("before", "after", "bound")}


class FormChoice(StrEnum):
    """Forms that can be asked for."""

    PAIR = "pair"
    GROUP = "group"
    HUB = "hub"
    CHAIN = "chain"
    DISTRICT = "district"


class KindChoice(StrEnum):
    """Kinds of pairs."""

    STRONG_WEAK = "strong_weak"
    SAME_LEVEL = "same_level"


def _words(name: str) -> str:
    return say(f"alliance.{name}", spoken())


FormOption = Annotated[FormChoice, typer.Option("--form", help=_words("opt_form"))]
KindOption = Annotated[KindChoice, typer.Option("--kind", help=_words("opt_kind"))]
TagOption = Annotated[
    list[str] | None, typer.Option("--tag", metavar="TAG", help=_words("opt_tag"), show_default=False)
]
LeadOption = Annotated[
    list[str] | None, typer.Option("--lead", metavar="CODE", help=_words("opt_lead"), show_default=False)
]
CapacityOption = Annotated[
    list[str] | None,
    typer.Option("--capacity", metavar="CODE=N", help=_words("opt_capacity"), show_default=False),
]
GroupsOption = Annotated[
    int | None,
    typer.Option("--groups", metavar="N", min=0, help=say("groups.opt_groups", spoken()), show_default=False),
]
GroupsInOption = Annotated[
    list[str] | None,
    typer.Option(
        "--groups-in", metavar="NAME=N", help=say("groups.opt_groups_in", spoken()), show_default=False
    ),
]
CoverageShare = Annotated[
    float | None,
    typer.Option(
        "--coverage-share",
        metavar="SHARE",
        min=0.0,
        max=1.0,
        help=say("groups.opt_coverage_share", spoken()),
        show_default=False,
    ),
]
DistrictsOption = Annotated[
    int | None,
    typer.Option(
        "--districts", metavar="K", min=1, help=say("groups.opt_districts", spoken()), show_default=False
    ),
]
PupilDeviation = Annotated[
    float | None,
    typer.Option(
        "--pupil-deviation", min=0.0, help=say("groups.opt_pupil_deviation", spoken()), show_default=False
    ),
]
StrongDeviation = Annotated[
    float | None,
    typer.Option(
        "--strong-deviation", min=0.0, help=say("groups.opt_strong_deviation", spoken()), show_default=False
    ),
]
StableOption = Annotated[bool, typer.Option("--stable", help=_words("opt_stable"))]


def ally(
    district: District,
    out: OutFolder,
    form: FormOption = FormChoice.PAIR,
    kind: KindOption = KindChoice.STRONG_WEAK,
    tags: TagOption = None,
    leads: LeadOption = None,
    capacities: CapacityOption = None,
    stable: StableOption = False,
    groups: GroupsOption = None,
    groups_in: GroupsInOption = None,
    coverage_share: CoverageShare = None,
    districts: DistrictsOption = None,
    pupil_deviation: PupilDeviation = None,
    strong_deviation: StrongDeviation = None,
    policy: PolicyOption = None,
    overrides: SetOption = None,
    time_limit: TimeOption = None,
    gap: GapOption = 1e-4,
    seed: SeedOption = 0,
    workers: WorkersOption = 1,
    quiet: QuietOption = False,
    lang: LangOption = LANGUAGE,
    as_json: JsonOption = False,
) -> None:
    """Form alliances and write the result."""
    from allocator.alliances import form_alliances  # noqa: PLC0415  help stays fast
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  as above

    profile = load_policy(policy or DEFAULT_POLICY, overrides or ())
    room = read_capacities(capacities or ())
    wanted = read_numbers(groups_in or (), "groups.bad_count", least=0)

    def formed(reading: Reading, stop: StopSignal, progress: ProgressSink | None) -> AllianceDecision:
        return form_alliances(
            reading.district,
            profile,
            form=form.value,
            kind=kind.value,
            leads=leads,
            tags=tags,
            capacities=room,
            stable=stable,
            groups=groups,
            groups_in=wanted,
            coverage_share=coverage_share,
            districts=districts,
            max_pupil_deviation=pupil_deviation,
            max_strong_deviation=strong_deviation,
            progress=progress,
            stop=stop,
            warnings=reading.warnings,
        )

    limits = Limits(time_s=time_limit, gap=gap, seed=seed, workers=workers)
    decision = Ask(district, out, limits, lang.value, quiet or as_json, as_json).run(formed)
    folder = decision.write(out, lang=lang.value)
    if as_json:
        from allocator.io.alliances import alliance_document  # noqa: PLC0415  as above

        show.print_json(alliance_document(decision, lang.value))
    else:
        _show(decision, folder, lang.value)
    if decision.status is Status.INFEASIBLE:
        raise infeasible(decision, lang.value)
    if decision.plan is None:
        raise LimitError("groups.none_found" if form is FormChoice.DISTRICT else "alliance.none_found")


def infeasible(decision: allied.AllianceDecision, lang: Lang) -> InfeasibleError:
    """Put together the error that says why no alliances are possible."""
    why = say("alliance.problems_separator", lang).join(problem.text(lang) for problem in decision.problems)
    return InfeasibleError(
        f"{'groups' if decision.request.form == 'district' else 'alliance'}.infeasible", why=why
    )


def read_capacities(given: Sequence[str]) -> dict[str, int]:
    """Read `CODE=N` options of capacity."""
    return read_numbers(given, "alliance.bad_capacity", least=1)


def read_numbers(given: Sequence[str], fault: str, *, least: int) -> dict[str, int]:
    """Read `CODE=N`.

    Raises
    ------
    UsageError
        If one is not of that form, N is below the least, or a code is given two numbers.
    """
    found: dict[str, int] = {}
    for text in given:
        code, _, number = text.rpartition("=")
        if not (code and number.isdecimal() and int(number) >= least):
            raise UsageError(fault, value=text)
        if found.setdefault(code.strip(), int(number)) != int(number):
            raise UsageError("alliance.given_twice", value=code.strip())
    return found


def _show(decision: AllianceDecision, folder: Path, lang: Lang) -> None:
    """Print the summary: alliances, levels, who stays outside, who changes, who would rather."""
    show.faults([w for w in decision.warnings if w.key.startswith(("alliance.", "groups."))], lang)
    if decision.plan is not None and decision.request.form == "district":
        districts.shown(decision, lang)
    elif decision.plan is not None and not decision.plan.memberships:
        _outside(decision, lang)
        _changes(decision, lang)
        proven = decision.status is Status.OPTIMAL
        show.out.print(say(f"alliance.none_{'possible' if proven else 'formed'}", lang), style="bold yellow")
    elif decision.plan is not None:
        _members(decision, lang)
        show.levels(decision.levels, lang, LEVEL_HEADERS)
        _outside(decision, lang)
        _changes(decision, lang)
        if decision.request.form in ("pair", "chain"):
            _blocking(decision, lang)
        schools = {row.school_id for row in decision.plan.memberships}
        alliances = {row.alliance_id for row in decision.plan.memberships}
        counts = {"alliances": len(alliances), "schools": len(schools), "outside": len(decision.outside)}
        show.out.print(say("alliance.summary", lang, **counts), style="bold green")
    if decision.plan is not None and (decision.plan.memberships or decision.plan.districts):
        proven = decision.status is Status.OPTIMAL
        show.out.print(say(f"alliance.{'proven' if proven else 'not_proven'}", lang))
    show.out.print(say("alliance.written", lang, path=folder), markup=False, soft_wrap=True)


def _members(decision: AllianceDecision, lang: Lang) -> None:
    if decision.plan is None:
        return
    leads: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    for row in decision.plan.memberships:
        name = _school(decision, row.school_id)
        if row.role == "lead":
            leads[row.alliance_id] = name
        else:
            members.setdefault(row.alliance_id, []).append(name)
    with_tags, separator = bool(decision.plan.tags), say("common.enumeration", lang)
    rows = [
        (code, *([decision.plan.tags[code]] if with_tags else []), leads[code], separator.join(members[code]))
        for code in list(leads)[:SHOWN]
    ]
    names = ["alliance", *(["tag"] if with_tags else []), "lead", "members"]
    if rows:
        headers = [say(f"alliance.col_{name}", lang) for name in names]
        show.table(say("alliance.members_title", lang), headers, rows)
    _more(len(leads), "memberships.csv", lang)


def _school(decision: AllianceDecision, code: str) -> str:
    name = decision.district.school_by_id[code].name
    return f"{code} {name}" if name else code


def _outside(decision: AllianceDecision, lang: Lang) -> None:
    rows = [(_school(decision, row.school_id), row.text(lang)) for row in decision.outside[:SHOWN]]
    if rows:
        headers = [say(f"alliance.col_{name}", lang) for name in ("school", "reason")]
        show.table(say("alliance.outside_title", lang), headers, rows)
    _more(len(decision.outside), "outside.csv", lang)


def _changes(decision: AllianceDecision, lang: Lang) -> None:
    if decision.changes:
        show.out.print(say("alliance.changes_title", lang, count=len(decision.changes)), style="bold")
        _lines(change_text(row, lang) for row in decision.changes[:SHOWN])
        _more(len(decision.changes), "result.json", lang)


def _blocking(decision: AllianceDecision, lang: Lang) -> None:
    found = decision.blocking
    nobody = say("alliance.nobody", lang)
    if not found:
        show.out.print(say("alliance.blocking_none", lang))
    else:
        show.out.print(say("alliance.blocking_count", lang, count=len(found)), style="bold")
        _lines(
            say(
                "alliance.blocking_row",
                lang,
                lead=pair.lead,
                member=pair.member,
                benefit=pair.benefit,
                km="–" if pair.km is None else f"{pair.km:.1f}",
                lead_partner=pair.lead_partner or nobody,
                member_partner=pair.member_partner or nobody,
            )
            for pair in found[:SHOWN]
        )
        _more(len(found), "result.json", lang)
    if decision.stable_price is not None:
        losses = losses_text(decision.stable_price, lang) or say("alliance.no_price", lang)
        show.out.print(say("alliance.stable_price", lang, losses=losses), markup=False)


def _lines(texts: Iterable[str]) -> None:
    for text in texts:
        show.out.print(show.one_line(f"  {text}"), markup=False, soft_wrap=True)


def _more(count: int, file: str, lang: Lang) -> None:
    if count > SHOWN:
        show.out.print(say("alliance.more", lang, count=count - SHOWN, file=file), style="dim")
