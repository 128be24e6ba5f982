"""Whether a request for alliances makes sense, before anything is built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from allocator.domain.alliance import Form, PairKind
from allocator.domain.allied import AllianceRequest
from allocator.domain.district import District
from allocator.errors import UsageError


def as_names(given: Sequence[str] | None) -> tuple[str, ...] | None:
    """Codes or tags as a tuple; one alone may be given as it is."""
    if given is None:
        return None
    return (given,) if isinstance(given, str) else tuple(given)


def check_request(district: District, request: AllianceRequest) -> None:
    """Refuse what there is not, and what would be dropped without a word.

    Raises
    ------
    UsageError
        With what is wrong.
    """
    check_form(request.form, request.kind)
    for school in (*(request.leads or ()), *request.capacities):
        if school not in district.school_by_id:
            raise UsageError("alliance.unknown_school", value=school)
    _check_groups(district, request)
    _check_districts(request)
    if request.stable and request.form not in ("pair", "chain"):
        raise UsageError("alliance.form_not_stable")
    if request.form != "hub" and request.tags is not None:
        raise UsageError("alliance.only_hubs")
    if request.form not in ("hub", "group") and request.capacities:
        raise UsageError("alliance.only_hubs")
    for school, number in request.capacities.items():
        if not _whole(number, 1):
            raise UsageError("alliance.bad_capacity", value=f"{school}={number}")
    if request.form != "pair" and request.kind != "strong_weak":
        raise UsageError("alliance.only_pairs")


def check_form(form: str, kind: str) -> None:
    """Refuse a form or a kind of pairs that there is not."""
    kinds = ((form, get_args(Form), "unknown_form"), (kind, get_args(PairKind), "unknown_kind"))
    for value, known, key in kinds:
        if value not in known:
            raise UsageError(f"alliance.{key}", value=value, known=", ".join(known))


def _check_groups(district: District, request: AllianceRequest) -> None:
    if request.form != "group" and (request.groups is not None or request.groups_in):
        raise UsageError("groups.only_groups")
    known = {school.learning_district for school in district.schools if school.learning_district}
    for name in request.groups_in:
        if name not in known:
            raise UsageError("groups.unknown_district", value=name)
    for number in (request.groups, *request.groups_in.values()):
        if number is not None and not _whole(number, 0):
            raise UsageError("groups.bad_groups", value=number)
    share = request.coverage_share
    if share is not None and request.form != "group":
        raise UsageError("groups.only_groups_share")
    if share is not None and not 0 <= share <= 1:
        raise UsageError("groups.bad_share", value=share)


def _check_districts(request: AllianceRequest) -> None:
    limits = (request.max_pupil_deviation, request.max_strong_deviation)
    if request.form != "district":
        if any(value is not None for value in (request.districts, *limits)):
            raise UsageError("groups.only_districts")
        return
    if request.districts is None:
        raise UsageError("groups.how_many_districts")
    if not _whole(request.districts, 1):
        raise UsageError("groups.bad_districts", value=request.districts)
    for limit in limits:
        if limit is not None and not limit >= 0:
            raise UsageError("groups.bad_deviation", value=limit)
    if request.leads is not None:
        raise UsageError("groups.districts_without_leads")


def _whole(number: object, least: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number >= least
