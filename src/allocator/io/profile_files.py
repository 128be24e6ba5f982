"""Profile files as they stand: YAML read strictly, entries with their sources, every problem collected."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from allocator.domain.policy import SECTIONS, paths
from allocator.io.resources import models_folder
from allocator.io.suggest import nearest

DEFAULT_POLICY = "national-2017"
TOP_KEYS = ("id", "name_zh", "name_en", "note", "extends", "curriculum")
ENTRY_KEYS = ("value", "source", "note")
NAMES = ("id", "name_zh", "name_en", "note")

Problem = tuple[str, Mapping[str, object]]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Entry(NamedTuple):
    """One value of a profile and where it comes from."""

    value: Any
    source: str


@dataclass
class Profile:
    """What a profile says, its bases included; `entries` by dotted path, `problems` in the order found."""

    names: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def fault(self, key: str, /, **params: object) -> None:
        """Note a problem: an entry of the catalogue `errors`."""
        self.problems.append((f"policy_{key}", params))


class _StrictLoader(_Loader):  # type: ignore[misc, valid-type]  # the C loader where there is one
    """Safe loader that refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"'{key}' twice", key_node.start_mark)
            if isinstance(key, Hashable):
                seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def policies_folder() -> Path:
    """Folder of the shipped profiles."""
    return models_folder() / "policies"


def ids_in(folder: Path) -> tuple[str, ...]:
    """Names of the YAML files of a folder."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def read_profile(name_or_path: str | Path) -> Profile:
    """Read a profile and the profiles it extends, the base first.

    A profile that is not `national-2017` and says no `extends` extends it.
    """
    profile = Profile(names={"id": str(name_or_path)})
    path = _find(name_or_path, None, profile)
    chain: list[tuple[Path, dict[str, Any]]] = []
    seen: list[Path] = []
    while path is not None:
        if path in seen:
            profile.fault("extends_cycle", chain=" → ".join(p.stem for p in (*seen, path)))
            break
        seen.append(path)
        tree = _read_yaml(path, profile)
        chain.append((path, tree))
        default = None if path == _shipped(DEFAULT_POLICY) else DEFAULT_POLICY
        base = tree.get("extends") or default
        path = None if base is None else _find(str(base), path, profile)
    for file, tree in reversed(chain):
        _lay_over(profile, file, tree)
    if chain:
        file, tree = chain[0]
        profile.names = {"id": file.stem} | {k: tree[k] for k in NAMES if tree.get(k) is not None}
    return profile


def _shipped(name: str) -> Path:
    return policies_folder() / f"{name}.yaml"


def _find(name: str | Path, beside: Path | None, profile: Profile) -> Path | None:
    """File of a profile: a path (from the file that names it, if any), or the id of a shipped one."""
    text = str(name)
    if isinstance(name, Path) or text.endswith((".yaml", ".yml")) or "/" in text or "\\" in text:
        path = (beside.parent / text if beside else Path(text)).resolve()
        if path.is_file():
            return path
        profile.fault("no_file", file=text)
        return None
    known = ids_in(policies_folder())
    if text in known:
        return _shipped(text).resolve()
    _unknown(profile, "unknown", text, known)
    return None


def _unknown(profile: Profile, key: str, name: str, known: tuple[str, ...], **params: object) -> None:
    """Note an unknown name, with the nearest one if any is near."""
    near = nearest(name, known)
    values = {"name": name, "known": ", ".join(known), **params}
    if near is None:
        profile.fault(key, **values)
    else:
        profile.fault(f"{key}_near", nearest=near, **values)


def _read_yaml(path: Path, profile: Profile) -> dict[str, Any]:
    """Content of a file; an empty tree, and a problem, if it cannot be read."""
    try:
        tree = yaml.load(path.read_bytes(), Loader=_StrictLoader)  # noqa: S506  a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = {"line": mark.line + 1, "column": mark.column + 1} if mark else {"line": "?", "column": "?"}
        profile.fault("syntax", file=path.name, problem=error.problem or "", **where)
        return {}
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        profile.fault("unreadable", file=path.name, problem=str(error).splitlines()[0])
        return {}
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        profile.fault("not_a_tree", file=path.name)
        return {}
    return {str(key): value for key, value in tree.items()}


def _lay_over(profile: Profile, file: Path, tree: Mapping[str, Any]) -> None:
    """Put the entries of one file over those of its bases."""
    for key, value in tree.items():
        if key == "curriculum" and isinstance(value, str):
            _lay_curriculum(profile, file, value)
        elif key == "as_of":
            _enter(profile, file, key, value)
        elif key in SECTIONS:
            _lay_section(profile, file, key, value)
        elif key not in TOP_KEYS:
            _unknown(profile, "unknown_key", key, (*TOP_KEYS, "as_of", *SECTIONS), file=file.name)


def _lay_section(profile: Profile, file: Path, section: str, fields: object) -> None:
    if not isinstance(fields, dict):
        profile.fault("not_a_section", file=file.name, path=section)
        return
    for name, entry in fields.items():
        _enter(profile, file, f"{section}.{name}", entry)


def _lay_curriculum(profile: Profile, file: Path, name: str) -> None:
    """Take the fields of a curriculum: a shipped one by its id, or a path from the profile that names it."""
    folder = policies_folder() / "curricula"
    if name.endswith((".yaml", ".yml")):
        path = (file.parent / name).resolve()
    elif name in ids_in(folder):
        path = folder / f"{name}.yaml"
    else:
        _unknown(profile, "unknown_curriculum", name, ids_in(folder))
        return
    if not path.is_file():
        profile.fault("no_file", file=name)
        return
    fields = {k: v for k, v in _read_yaml(path, profile).items() if k not in NAMES}
    _lay_section(profile, path, "curriculum", fields)


def _enter(profile: Profile, file: Path, path: str, entry: object) -> None:
    """Take one `{value: ..., source: ...}`."""
    if path not in paths():
        unknown_path(profile, path, file.name)
    elif not isinstance(entry, dict) or "value" not in entry:
        profile.fault("entry_form", file=file.name, path=path)
    elif strange := [str(k) for k in entry if k not in ENTRY_KEYS]:
        profile.fault("entry_keys", file=file.name, path=path, keys=", ".join(strange))
    elif not str(entry.get("source") or "").strip():
        profile.fault("no_source", file=file.name, path=path)
    else:
        note = f" — {entry['note']}" if entry.get("note") else ""
        profile.entries[path] = Entry(entry["value"], f"{entry['source']}{note}")


def unknown_path(profile: Profile, path: str, file: str) -> None:
    """Note a path that no profile has; a field without its section finds the section."""
    known = paths()
    exact = [p for p in known if p.split(".")[-1] == path.rsplit(".", maxsplit=1)[-1]]
    if exact:
        profile.fault("unknown_key_near", name=path, nearest=exact[0], known="", file=file)
    else:
        _unknown(profile, "unknown_key", path, known, file=file)
