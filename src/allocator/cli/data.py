"""Commands about data: template, validate, indicators, generate, docs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from allocator.cli import show
from allocator.cli.language import words
from allocator.cli.options import (
    LANGUAGE,
    District,
    JsonOption,
    LangOption,
    PolicyOption,
    SetOption,
)
from allocator.text import say

TemplateFile = Annotated[
    Path, typer.Argument(metavar="FILE.xlsx", help=words("arg_template"), show_default=False)
]
OutFolder = Annotated[Path, typer.Option("--out", "-o", help=words("opt_out"), show_default=False)]


def template(file: TemplateFile, lang: LangOption = LANGUAGE) -> None:
    """Write an empty workbook to fill in."""
    from allocator.io import write_template  # noqa: PLC0415  each command loads what it needs

    write_template(file, lang.value)
    show.out.print(say("cli.written", lang.value, path=file), markup=False, soft_wrap=True)


def validate(district: District, lang: LangOption = LANGUAGE, as_json: JsonOption = False) -> None:
    """Read a district and list its faults."""
    from allocator.io import read  # noqa: PLC0415  light import

    reading = read(district)
    counts = {"schools": len(reading.district.schools), "teachers": len(reading.district.teachers)}
    if as_json:
        found = show.fault_records(reading.warnings, lang.value)
        show.print_json({"status": "ok", **counts, "faults": found})
        return
    show.faults(reading.warnings, lang.value, show.out)
    name = "faults_warnings" if reading.warnings else "faults_none"
    warnings = sum(warning.count for warning in reading.warnings)
    show.out.print(say(f"cli.{name}", lang.value, warnings=warnings, **counts))


def indicators(
    district: District,
    policy: PolicyOption = None,
    overrides: SetOption = None,
    lang: LangOption = LANGUAGE,
    as_json: JsonOption = False,
) -> None:
    """Measure the seven indicators."""
    from allocator.api import measure  # noqa: PLC0415  light import
    from allocator.io import read  # noqa: PLC0415  light import
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  light import

    profile = load_policy(policy or DEFAULT_POLICY, overrides or ())
    reading = read(district)
    measures = measure(reading.district, profile)
    if as_json:
        show.print_json(asdict(measures))
        return
    show.faults(reading.warnings, lang.value)
    show.spread(measures, None, lang.value)
    show.sections_passed(measures, profile, lang.value)


def generate(
    out: OutFolder,
    schools: Annotated[int, typer.Option("--schools", help=words("opt_schools"), min=1)] = 60,
    seed: Annotated[int, typer.Option("--seed", help=words("opt_seed"), min=0)] = 0,
    xlsx: Annotated[bool, typer.Option("--xlsx", help=words("opt_xlsx"))] = False,
    funding: Annotated[bool, typer.Option("--funding", help=words("opt_funding"))] = False,
    lang: LangOption = LANGUAGE,
) -> None:
    """Write a synthetic district as a folder of CSV files, and as a workbook on request."""
    from allocator.generation import generate as generated  # noqa: PLC0415  light import
    from allocator.io import write_district  # noqa: PLC0415  light import

    district = generated(schools, seed, funding=funding)
    write_district(district, out, lang=lang.value)
    show.out.print(say("cli.written", lang.value, path=out), markup=False, soft_wrap=True)
    if xlsx:
        file = out / "district.xlsx"
        write_district(district, file, lang=lang.value)
        show.out.print(say("cli.written", lang.value, path=file), markup=False, soft_wrap=True)


def docs(out: OutFolder, lang: LangOption = LANGUAGE) -> None:
    """Write the reference of the data format in both languages, and its JSON Schema."""
    import json  # noqa: PLC0415  light import

    from allocator.io import format_document, schema  # noqa: PLC0415  light import

    out.mkdir(parents=True, exist_ok=True)
    files = {
        "format.md": format_document("en"),
        "format.zh-CN.md": format_document("zh"),
        "format.schema.json": json.dumps(schema(), ensure_ascii=False, indent=1) + "\n",
    }
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")
        show.out.print(say("cli.written", lang.value, path=out / name), markup=False, soft_wrap=True)
