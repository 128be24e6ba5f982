"""`split.xlsx`: every school's arithmetic as formulas that can be followed, changed and recalculated.

A sheet of rates, a sheet of needs (F3 line by line, and the weight), a sheet for each grant, a sheet of totals,
and one of shadow prices where they were asked for. Numbers on a yellow ground are given; everything else
follows from them. The values that stand in the file are our own exact ones, so that a reader without a
calculating program sees them too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from allocator.domain.funding import FundingDecision
from allocator.domain.policy import FundingPolicy
from allocator.reporting.booklet import OPTIONS
from allocator.reporting.grid import Column
from allocator.reporting.money.account import Account
from allocator.reporting.money.alliances import bundled_grid
from allocator.reporting.money.facts import MoneyFacts, words
from allocator.reporting.money.fewest import fewest_grid, touched_grid
from allocator.reporting.money.ledger import Ledger, NeedRow, ledgers, need_rows
from allocator.reporting.money.live import LiveColumn, LiveTable, write_given
from allocator.reporting.money.prices import prices_grid
from allocator.reporting.sheets import draw_grid, set_up_print
from allocator.reporting.styles import ACCENT, Styles
from allocator.text import Lang

RATES = {
    "rate_primary": "rate_primary",
    "rate_junior": "rate_junior",
    "small_school": "small_school_pupils",
    "boarder_yuan": "boarder_yuan",
    "special_yuan": "special_pupil_yuan",
    "village_factor": "village_factor",
    "weak_factor": "weak_factor",
    "training_share": "training_share",
}
"""Names that formulas use, and the values of the profile that they stand for."""
NAME_LENGTH = 28


def write_split_workbook(decision: FundingDecision, path: Path, weak: frozenset[str], lang: Lang) -> None:
    """Write the workbook of a split.

    Parameters
    ----------
    decision
        A finished run with a split.
    path
        File to write; the same decision gives the same bytes.
    weak
        Codes of weak schools, whose weight is larger.
    lang
        Language of the sheets.
    """
    facts = MoneyFacts(decision, lang)
    book = xlsxwriter.Workbook(path, OPTIONS)
    month = decision.run.as_of
    book.set_properties(
        {"title": words("book_title", lang), "created": datetime(month.year, month.month, 1, tzinfo=UTC)}
    )
    styles = Styles(book, lang)
    totals = book.add_worksheet(words("sheet_totals", lang))
    totals.set_tab_color(ACCENT)
    _rates(book, styles, decision.policy.funding, lang)
    needs = need_rows(facts, weak)
    sheet = book.add_worksheet(words("sheet_needs", lang))
    table = _needs(sheet, styles, needs, lang)
    accounts = _accounts(book, styles, ledgers(facts, needs), (table, sheet.get_name()))
    _totals(totals, styles, needs, accounts, lang)
    asked = (bundled_grid(facts), prices_grid(facts), fewest_grid(facts), touched_grid(facts, everyone=True))
    for grid in asked:
        if grid.rows:
            draw_grid(book.add_worksheet(words(f"sheet_{grid.name}", lang)), grid, styles, "")
    for page in book.worksheets():
        set_up_print(page, f"{words('book_title', lang)} · {page.get_name()}", lang, landscape=True)
    book.close()


def _rates(book: Any, styles: Styles, policy: FundingPolicy, lang: Lang) -> None:
    """Sheet of the profile's numbers, each with a name that formulas use."""
    sheet = book.add_worksheet(words("sheet_rates", lang))
    text, value = Column(words("rate", lang)), Column(words("rate_value", lang), "number", 2)
    for k, column in enumerate((text, value)):
        sheet.write_string(0, k, column.header, styles.header(column))
    for row, (name, source) in enumerate(RATES.items(), start=1):
        sheet.write_string(row, 0, words(f"rate_{name}", lang), styles.cell(text))
        write_given(sheet, row, 1, float(getattr(policy, source)), value, styles)
        book.define_name(name, f"={quoted(sheet.get_name())}!$B${row + 1}")
    sheet.write_string(len(RATES) + 2, 0, words("book_about", lang), styles(italic=True))
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 14)


def _needs(sheet: Any, styles: Styles, rows: Sequence[NeedRow], lang: Lang) -> LiveTable:
    """Sheet of F3: pupils x rate, small village schools, boarding, inclusion, and the weight."""

    def money(name: str) -> Column:
        return Column(words(f"need_{name}", lang), "number", 2)

    def count(name: str) -> Column:
        return Column(words(f"need_{name}", lang), "integer")

    closed = "IF([pupils]=0,0,{})".format
    columns = (
        LiveColumn("code", Column(words("school_code", lang), "code"), [r.school.school_id for r in rows]),
        LiveColumn("name", Column(words("school", lang)), [r.school.name for r in rows]),
        LiveColumn("village", count("village"), [int(r.village) for r in rows]),
        LiveColumn("weak", count("weak"), [int(r.weak) for r in rows]),
        LiveColumn("primary", count("primary"), [r.primary for r in rows]),
        LiveColumn("junior", count("junior"), [r.junior for r in rows]),
        LiveColumn("boarders", count("boarders"), [r.school.boarders or 0 for r in rows]),
        LiveColumn("special", count("special"), [r.school.special_pupils or 0 for r in rows]),
        LiveColumn("pupils", count("pupils"), [r.pupils for r in rows], "[primary]+[junior]"),
        LiveColumn(
            "stages",
            money("stages"),
            [float(r.stages) for r in rows],
            "[primary]*rate_primary+[junior]*rate_junior",
        ),
        LiveColumn(
            "rate",
            Column(words("need_rate", lang), "number", 4),
            [float(r.stages / r.pupils) if r.pupils else 0 for r in rows],
            closed("[stages]/[pupils]"),
        ),
        LiveColumn(
            "small",
            money("small"),
            [float(r.line("small")) for r in rows],
            closed("IF(AND([village]=1,[pupils]<small_school),(small_school-[pupils])*[rate],0)"),
        ),
        LiveColumn(
            "boarding",
            money("boarding"),
            [float(r.line("boarders")) for r in rows],
            closed("[boarders]*boarder_yuan"),
        ),
        LiveColumn(
            "inclusion",
            money("inclusion"),
            [float(r.line("special")) for r in rows],
            closed("[special]*(special_yuan-[rate])"),
        ),
        LiveColumn(
            "need",
            money("need"),
            [float(r.need.total) for r in rows],
            "[stages]+[small]+[boarding]+[inclusion]",
        ),
        LiveColumn(
            "weight",
            money("weight"),
            [float(r.weight) for r in rows],
            "[need]*IF([village]=1,village_factor,1)*IF([weak]=1,weak_factor,1)",
        ),
    )
    table = LiveTable(sheet, styles, 0, columns)
    table.draw()
    return table


def _accounts(
    book: Any, styles: Styles, books: Sequence[Ledger], needs: tuple[LiveTable, str]
) -> list[tuple[str, Account]]:
    """One sheet a grant: its name, and where its amounts stand."""
    taken = {sheet.get_name().casefold() for sheet in book.worksheets()}
    table, home = needs
    accounts = []
    for ledger in books:
        name = sheet_name(ledger.grant.grant_id, taken)
        account = Account(book.add_worksheet(name), styles, ledger, table, quoted(home))
        account.draw()
        accounts.append((name, account))
    return accounts


def sheet_name(code: str, taken: set[str]) -> str:
    """A name that a worksheet may have, made of a code; told apart by a number where it must be."""
    plain = re.sub(r"[\[\]:*?/\\'\x00-\x1f]", "_", code)[:NAME_LENGTH].strip() or "_"
    name, k = plain, 1
    while name.casefold() in taken or name.casefold() == "history":
        k += 1
        name = f"{plain[: NAME_LENGTH - 4]} ({k})"
    taken.add(name.casefold())
    return name


def quoted(name: str) -> str:
    """A sheet's name as formulas write it."""
    return "'" + name.replace("'", "''") + "'"


def _totals(
    sheet: Any, styles: Styles, needs: Sequence[NeedRow], accounts: Sequence[tuple[str, Account]], lang: Lang
) -> None:
    """Sheet of sums: each school's amount from each grant, by reference to the grant's own sheet."""
    codes = [row.school.school_id for row in needs]
    columns = [
        LiveColumn("code", Column(words("school_code", lang), "code"), codes),
        LiveColumn("name", Column(words("school", lang)), [row.school.name for row in needs]),
    ]
    sums = [0.0] * len(codes)
    for k, (name, account) in enumerate(accounts):
        digits = account.digits
        amounts = [account.amount_of(code) for code in codes]
        sums = [total + amount for total, amount in zip(sums, amounts, strict=True)]
        formulas = [account.reference(code, quoted(name)) for code in codes]
        title = Column(account.title, "number", digits)
        columns.append(LiveColumn(f"grant{k}", title, amounts, formulas.__getitem__))
    together = "+".join(f"[grant{k}]" for k in range(len(accounts))) or "0"
    most = max((account.digits for _, account in accounts), default=0)
    columns.append(LiveColumn("sum", Column(words("sum", lang), "number", most), sums, together))
    LiveTable(sheet, styles, 0, columns).draw()
