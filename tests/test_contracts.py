"""What the documents promise about the code: rules everywhere, sentences in both languages, README true."""

from __future__ import annotations

import re
import string
from importlib.resources import files
from pathlib import Path

import pytest

from allocator.domain.policy import ALLIANCE_RULES, FUNDING_RULES, RULES, Policy
from allocator.text import LANGS, areas, catalogue

ROOT = Path(__file__).parents[1]
SENTENCES = [(area, name) for area in areas() for name in catalogue(area)]


def texts(*folders: str, suffix: str = ".py") -> str:
    """All files of some folders as one text."""
    return "\n".join(
        file.read_text(encoding="utf-8")
        for folder in folders
        for file in sorted((ROOT / folder).rglob(f"*{suffix}"))
    )


FAMILIES = (
    (RULES, "rotation.md", "src/allocator/rotation"),
    (ALLIANCE_RULES, "alliance.md", "src/allocator/alliance"),
    (FUNDING_RULES, "funding.md", "src/allocator/funding"),
)
EVERY_RULE = [(rule, *where) for rules, *where in FAMILIES for rule in rules]


@pytest.mark.parametrize("where", ["formulation", "model", "checker", "tests"])
@pytest.mark.parametrize(("rule", "formulation", "model"), EVERY_RULE)
def test_every_rule_stands_everywhere(rule: str, formulation: str, model: str, where: str) -> None:
    """A rule that is forgotten in the formulation, the model, the checker or the tests fails here."""
    folder, suffix = {
        "formulation": ("models", formulation),
        "model": (model, ".py"),
        "checker": ("src/allocator/checking", ".py"),
        "tests": ("tests/checking", ".py"),
    }[where]
    assert re.search(rf"\b{rule}\b", texts(folder, suffix=suffix)), f"{rule} is missing in the {where}"


def test_every_rule_has_a_switch() -> None:
    """Every rule id is a field of the profile."""
    assert tuple(type(Policy(id="x").rules).model_fields) == (*RULES, *ALLIANCE_RULES, *FUNDING_RULES)


def _fields(sentence: str) -> set[str]:
    """Placeholders of a sentence; `stage_zh` and `stage_en` are one value in two languages."""
    names = (name for _, name, _, _ in string.Formatter().parse(sentence) if name)
    return {name.removesuffix("_zh").removesuffix("_en").removesuffix(".zh") for name in names}


@pytest.mark.parametrize(("area", "name"), SENTENCES)
def test_sentences_exist_in_both_languages_with_the_same_values(area: str, name: str) -> None:
    """A sentence without its translation, or with another placeholder, fails here."""
    assert isinstance(name, str), "YAML reads on, off, yes and no as flags: quote them"
    sentence = catalogue(area)[name]
    assert set(sentence) == set(LANGS)
    assert _fields(sentence["zh"]) == _fields(sentence["en"])


@pytest.mark.parametrize("area", areas())
def test_no_sentence_hides_another(area: str) -> None:
    """Of two entries of one name YAML keeps the last: a wrong sentence would be said, or none be found."""
    text = files("allocator.text").joinpath("catalogues", f"{area}.yaml").read_text(encoding="utf-8")
    names = re.findall(r"^(\S+?):", text, flags=re.MULTILINE)
    assert len(names) == len(set(names)) == len(catalogue(area))


def test_every_sentence_asked_for_in_the_code_exists() -> None:
    """A literal name of a sentence that no catalogue has would end a command with a KeyError."""
    names = set(re.findall(r"""["']([a-z]+)\.([A-Za-z]\w*)["']""", texts("src/allocator")))
    asked = {name for name in names if name[0] in areas() and name[1] not in ("html", "css", "js")}
    assert len(asked) > 100
    assert asked <= set(SENTENCES)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"])
def test_links_of_the_documents_lead_somewhere(readme: str) -> None:
    """Every relative link of a document names a file that exists."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_no_index_address_in_the_locked_requirements() -> None:
    """Requirements carry hashes for every package and name no host."""
    text = (ROOT / "requirements" / "locked.txt").read_text(encoding="utf-8")
    assert "://" not in text
    packages = re.findall(r"^[a-z0-9_.-]+==\S+", text, flags=re.MULTILINE)
    assert len(packages) > 30
    assert text.count("--hash=sha256:") >= len(packages)
