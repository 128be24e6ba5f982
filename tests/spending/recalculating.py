"""Recalculates a workbook with LibreOffice, and reads what its cells come to."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
</oor:items>
"""
"""Recalculate every workbook when it is opened; by default the values in the file are kept."""


def recalculated(book: Path, folder: Path) -> Path:
    """Return a copy of a workbook with every formula worked out anew; skip where LibreOffice is missing."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed, so nothing recalculates the workbook")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS, encoding="utf-8")
    out = folder / "recalculated"
    command = [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", str(out), str(book)], check=True, capture_output=True, timeout=120)
    return out / book.name


def cells(book: Path, *, formulas: bool = False) -> dict[tuple[str, str], Any]:
    """Read all cells, by sheet and address: values, or formulas where asked for."""
    import openpyxl  # noqa: PLC0415  only where it is needed

    loaded = openpyxl.load_workbook(book, data_only=not formulas)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in loaded.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
