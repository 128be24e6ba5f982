"""The reference of the format as Markdown, from the metadata of tables and columns."""

from __future__ import annotations

from allocator.domain.fields import ColumnSpec, Record, columns
from allocator.io.cells import bound_text
from allocator.io.naming import ALL_TABLES
from allocator.text import DEFAULT_LANG, Lang, say


def format_document(lang: Lang = DEFAULT_LANG) -> str:
    """Return the reference of all tables and columns in a language."""
    parts = [f"# {say('template.reference_title', lang)}", say("template.reference_intro", lang)]
    parts.append(_overview(lang))
    parts.extend(_table(record, lang) for record in ALL_TABLES.values())
    return "\n\n".join(parts) + "\n"


def _overview(lang: Lang) -> str:
    heads = [say(f"template.head_{name}", lang) for name in ("table", "chinese", "row", "use")]
    rows = [
        [f"`{t.name}`", t.zh, *((t.row_zh, t.use_zh) if lang == "zh" else (t.row_en, t.use_en))]
        for t in (record.TABLE for record in ALL_TABLES.values())
    ]
    return _markdown(heads, rows)


def _table(record: type[Record], lang: Lang) -> str:
    table = record.TABLE
    title = f"## `{table.name}` {table.zh}"
    row = say("template.reference_row", lang, row=table.row_zh if lang == "zh" else table.row_en)
    names = ("column", "chinese", "kind", "unit", "fill", "note")
    heads = [say(f"template.head_{name}", lang) for name in names]
    return "\n\n".join((title, row, _markdown(heads, [_column(spec, lang) for spec in columns(record)])))


def _column(spec: ColumnSpec, lang: Lang) -> list[str]:
    fill = say("template.required" if spec.required else "template.optional", lang)
    unit, note = unit_text(spec, lang), note_text(spec, lang)
    return [f"`{spec.name}`", spec.zh, kind_text(spec, lang), unit, fill, note]


def kind_text(spec: ColumnSpec, lang: Lang) -> str:
    """Say what may stand in a column: kind, bounds, choices."""
    if spec.choices is not None:
        sep = say("common.enumeration", lang)
        return sep.join(f"{c.zh} (`{c.value}`)" for c in spec.choices)
    text = say(f"template.kind_{spec.kind}", lang)
    if spec.maximum is not None and spec.maximum < 1e5:
        low, high = bound_text(spec.minimum or 0), bound_text(spec.maximum)
        text += say("template.between", lang, low=low, high=high)
    return text


def unit_text(spec: ColumnSpec, lang: Lang) -> str:
    """Unit of a column in a language; empty for none."""
    return say(f"template.unit_{spec.unit.replace('/', '_')}", lang) if spec.unit else ""


def note_text(spec: ColumnSpec, lang: Lang) -> str:
    """Explanation with the table referred to, other headers accepted and the source."""
    parts = [spec.note(lang)]
    if spec.refers:
        table = ALL_TABLES[spec.refers].TABLE
        parts.append(say("template.refers", lang, table=table.zh if lang == "zh" else table.name))
    if spec.aliases:
        parts.append(say("template.aliases", lang, names=say("common.enumeration", lang).join(spec.aliases)))
    if spec.source:
        parts.append(say("template.source", lang, source=spec.source))
    return ("" if lang == "zh" else " ").join(part for part in parts if part)


def _markdown(heads: list[str], rows: list[list[str]]) -> str:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(heads), "|" + "---|" * len(heads), *map(line, rows)])
