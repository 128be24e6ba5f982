"""What is wrong with a command as typed, in the language of the session; the parser itself speaks English."""

from __future__ import annotations

import re

from typer.exceptions import TyperException

from allocator.text import Lang, say, shortened

PATTERNS = {
    "missing_argument": r"Missing argument '(?P<name>.*)'\.",
    "missing_option": r"Missing option '(?P<name>.*)'\.",
    "needs_value": r"Option '(?P<name>.*)' requires an argument\.",
    "takes_no_value": r"Option '(?P<name>.*)' does not take a value\.",
    "no_option_but": r"No such option: (?P<name>\S+) \(Possible options: (?P<known>.*)\)",
    "no_option": r"No such option: (?P<name>.*)",
    "no_command_but": r"No such command '(?P<name>.*)'\. Did you mean '?(?P<known>.*?)'?\?",
    "no_command": r"No such command '(?P<name>.*)'\.",
    "extra": r"Got unexpected extra arguments?(?:\(s\))? \((?P<value>.*)\)",
    "missing_command": r"Missing command\.",
    "invalid": r"Invalid value for '?(?P<name>.*?)'?: (?P<why>.*)",
}
"""Sentences of the parser -> entries of the catalogue `usage`; the first that fits counts."""

REASONS = {
    "not_one_of": r"(?:Value error, )?'(?P<value>.*)' is not one of (?P<known>.*?)\.?",
    "not_whole": r"Input should be a valid integer.*",
    "not_number": r"Input should be a valid number.*",
    "at_least": r"Input should be greater than or equal to (?P<limit>.*)",
    "at_most": r"Input should be less than or equal to (?P<limit>.*)",
}
"""Reasons of the parser why a value is invalid -> entries of the catalogue `usage`."""


def problem(fault: TyperException, lang: Lang) -> str:
    """Say what is wrong; a sentence that is not known is passed on as it is."""
    said = str(getattr(fault, "format_message", fault.__str__)())
    return _translated(said, PATTERNS, lang) or said


def _translated(said: str, patterns: dict[str, str], lang: Lang) -> str | None:
    for key, pattern in patterns.items():
        found = re.fullmatch(pattern, said, re.DOTALL)
        if found:
            values = {name: shortened(_plain(name, value)) for name, value in found.groupdict().items()}
            if "why" in values:
                values["why"] = _translated(found["why"], REASONS, lang) or values["why"]
            return say(f"usage.{key}", lang, **values)
    return None


def _plain(name: str, text: str) -> str:
    """Names without the parser's quotes: '--out' / '-o' as --out/-o, 'zh', 'en' as zh, en."""
    return text if name == "value" else text.replace("' / '", "/").replace("'", "")
