"""Policy profiles: found by id or file, overridden from the command line, validated as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from allocator.domain.choices import Stage, Subject
from allocator.domain.policy import UNVERIFIED, Mode, Policy, paths
from allocator.domain.records import GRADES
from allocator.errors import PolicyError
from allocator.io.profile_files import (
    DEFAULT_POLICY,
    Entry,
    Problem,
    Profile,
    ids_in,
    policies_folder,
    read_profile,
    unknown_path,
)
from allocator.text import DEFAULT_LANG, Lang, say

__all__ = ["DEFAULT_POLICY", "PolicyRow", "describe_policy", "load_policy", "policy_ids"]

COMMAND_LINE = "command line"
Overrides = Mapping[str, object] | Sequence[str]


class PolicyRow(NamedTuple):
    """One value of a profile, as shown to a user."""

    path: str
    value: str
    source: str
    description: str


def policy_ids() -> tuple[str, ...]:
    """Ids of the shipped profiles."""
    return ids_in(policies_folder())


def load_policy(name_or_path: str | Path = DEFAULT_POLICY, overrides: Overrides = ()) -> Policy:
    """Load a policy profile.

    Parameters
    ----------
    name_or_path
        Id of a shipped profile, or path of a YAML file, which may extend a shipped profile or a file beside it.
    overrides
        Values that replace those of the profile: `{"rotation.max_share": 0.2}` or `["rotation.max_share=0.2"]`
        (the part behind `=` is YAML). Their source is "command line".

    Raises
    ------
    PolicyError
        With every problem found: unknown profile or key (and the nearest valid one), value of a wrong type or
        out of range, value without a source, YAML syntax, cycle of `extends`.
    """
    profile = read_profile(name_or_path)
    _override(profile, overrides)
    policy, problems = _build(profile)
    problems = profile.problems + problems
    if problems or policy is None:
        raise PolicyError(str(profile.names["id"]), problems)
    return policy


def describe_policy(policy: Policy, lang: Lang = DEFAULT_LANG) -> list[PolicyRow]:
    """List every value of a policy with its source and description, in the order of the profile.

    A value of which nothing is said is `unverified`.
    """
    values = policy.model_dump(mode="json")
    rows = []
    for path in paths():
        section, _, name = path.partition(".")
        value = values[section][name] if name else values[section]
        source = policy.sources.get(path, UNVERIFIED)
        rows.append(PolicyRow(path, _shown(value, lang), source, say(f"policies.{path}", lang)))
    return rows


def _shown(value: object, lang: Lang) -> str:
    if value is None:
        return say("policies.none", lang)
    if isinstance(value, bool):
        return say("policies.yes" if value else "policies.no", lang)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(_shown(v, lang) for v in value)
    if isinstance(value, dict):
        return "; ".join(f"{k}: {_shown(v, lang)}" for k, v in value.items())
    return str(value)


def _override(profile: Profile, overrides: Overrides) -> None:
    """Lay the overrides over the profile."""
    for path, value in _pairs(profile, overrides):
        if path in paths():
            profile.entries[path] = Entry(value, COMMAND_LINE)
        else:
            unknown_path(profile, path, "--set")


def _pairs(profile: Profile, overrides: Overrides) -> Iterator[tuple[str, object]]:
    if isinstance(overrides, Mapping):
        yield from overrides.items()
        return
    for text in [overrides] if isinstance(overrides, str) else overrides:
        path, equals, value = text.partition("=")
        if not equals or not value.strip():
            profile.fault("override_form", text=text)
            continue
        try:
            yield path.strip(), yaml.safe_load(value)
        except yaml.YAMLError:
            profile.fault("override_form", text=text)


def _build(profile: Profile) -> tuple[Policy | None, list[Problem]]:
    """Validate all values at once; strictly, so that a text or yes/no is not taken for a number."""
    tree: dict[str, Any] = dict(profile.names)
    for path, entry in profile.entries.items():
        section, _, name = path.partition(".")
        if name:
            tree.setdefault(section, {})[name] = _mode(entry.value) if section == "rules" else entry.value
        else:
            tree[section] = entry.value
    tree["sources"] = {path: entry.source for path, entry in profile.entries.items()}
    try:
        policy = Policy.model_validate_json(json.dumps(tree, default=str), strict=True)
    except ValidationError as error:
        found = [_problem(detail) for detail in error.errors()]
        return None, [problem for i, problem in enumerate(found) if problem not in found[:i]]
    return policy, list(_missing_loads(policy))


def _mode(value: object) -> object:
    """Read YAML's `on` and `off`, which it takes for yes and no, as a rule's mode."""
    if isinstance(value, bool):
        return Mode.HARD.value if value else Mode.OFF.value
    return value


def _missing_loads(policy: Policy) -> Iterator[Problem]:
    """Find subjects that have periods but no load, from which no posts could be derived."""
    loads = {Stage.PRIMARY: policy.curriculum.load_primary, Stage.JUNIOR: policy.curriculum.load_junior}
    for stage, grades in GRADES.items():
        for subject, periods in policy.curriculum.periods.items():
            if any(periods[grade - 1] > 0 for grade in grades) and subject not in loads[stage]:
                yield "no_load", {"stage": stage.value, "subject": subject.value}


_EXPECTED = {
    "int_type": "whole",
    "int_from_float": "whole",
    "float_type": "number",
    "finite_number": "number",
    "bool_type": "flag",
    "tuple_type": "list",
    "dict_type": "tree",
    "string_type": "text",
    "value_error": "month",
}
_LIMITS = {
    "greater_than_equal": ("policy_at_least", "ge"),
    "greater_than": ("policy_more_than", "gt"),
    "less_than_equal": ("policy_at_most", "le"),
}


def _problem(detail: ErrorDetails) -> Problem:
    """Say a validation error in terms of the profile."""
    kind, context = detail["type"], detail.get("ctx", {})
    params: dict[str, object] = {"path": _path(detail["loc"]), "value": detail["input"]}
    if kind in _LIMITS:
        key, name = _LIMITS[kind]
        return key, {**params, "limit": f"{context[name]:g}"}
    if kind in ("enum", "literal_error"):
        return "policy_choice", {**params, "choices": _choices(detail)}
    if kind in ("missing", "too_long"):
        return "policy_length", {"path": _path(detail["loc"][:2])}
    if kind == "value_error" and detail["loc"] == ("objective",):
        return "policy_levels", params
    return f"policy_type_{_EXPECTED.get(kind, 'other')}", params


def _choices(detail: ErrorDetails) -> str:
    """Valid codes of a choice, as pydantic words them, without its quotes."""
    if detail["loc"][-1] == "[key]":
        return ", ".join(subject.value for subject in Subject)
    expected = str(detail.get("ctx", {})["expected"]).replace("'", "").replace(" or ", ", ")
    return re.sub(r"<[^:]+: (\w+)>", r"\1", expected)


def _path(location: tuple[int | str, ...]) -> str:
    """Dotted path of a value, with the place inside a list or mapping."""
    inner = "".join(f"[{part + 1 if isinstance(part, int) else part}]" for part in location[2:])
    return ".".join(str(part) for part in location[:2]) + inner.removesuffix("[[key]]")
