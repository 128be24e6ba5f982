"""The sheet of one grant: floors, caps, lambda, the clipped share, whole units, and our amounts beside them.

lambda is found as a calculation does it: at each breakpoint (a school leaves its floor, or reaches its cap) the
sum of all amounts is worked out; the largest breakpoint whose sum is not above the grant is the start, and
from there the schools between their bounds share the rest in proportion to their slopes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import floor
from typing import Any

from allocator.domain.choices import SplitRule
from allocator.reporting.grid import Column
from allocator.reporting.money.facts import words
from allocator.reporting.money.grids import cents
from allocator.reporting.money.ledger import Ledger
from allocator.reporting.money.live import Cell, LiveColumn, LiveTable, write_given
from allocator.reporting.money.steps import Steps
from allocator.reporting.styles import Styles

TOP = 14
"""Row of the table's header, below the grant's own numbers."""
AMOUNT, UNIT, FLOOR, CAP, KEPT, UNITS, START, REACHED, FREE, SCALE, OFF, WRONG = (
    f"$B${k}" for k in range(2, 14)
)
CLIPPED = "([floor:]>{x})*[floor:]+([floor:]<={x})*({x}<=[cap:])*({x})+({x}>[cap:])*[cap:]"


class Account:
    """One grant's sheet.

    Parameters
    ----------
    sheet
        An `xlsxwriter` worksheet.
    styles
        Formats of its workbook.
    ledger
        The grant's numbers.
    needs, home
        The table of needs, and the quoted name of its sheet.
    """

    def __init__(self, sheet: Any, styles: Styles, ledger: Ledger, needs: LiveTable, home: str) -> None:
        self._sheet, self._styles, self._ledger = sheet, styles, ledger
        self._lang = ledger.facts.lang
        self._at = {school.school_id: k for k, school in enumerate(ledger.facts.decision.district.schools)}
        self._needs, self._home = needs, home
        self._steps = Steps(ledger)
        self._table = LiveTable(sheet, styles, TOP, self._columns)
        self._row = {share.school_id: k for k, share in enumerate(ledger.shares)}

    @property
    def title(self) -> str:
        """The grant's code and name."""
        return self._ledger.facts.grant_name(self._ledger.grant.grant_id)

    @cached_property
    def digits(self) -> int:
        """Digits of the grant's money."""
        return cents((self._ledger.grant.amount_yuan, self._ledger.grant.unit_yuan))

    def amount_of(self, code: str) -> float:
        """Our amount of a school; 0 where the grant does not serve it."""
        return float(self._ledger.shares[self._row[code]].amount_yuan) if code in self._row else 0.0

    def reference(self, code: str, name: str) -> str:
        """Formula of a school's amount on another sheet; `name` is this sheet's, quoted."""
        return f"{name}!{self._table.cell('amount', self._row[code])}" if code in self._row else "0"

    def draw(self) -> None:
        """Write the grant's numbers, the table and what they come to."""
        self._table.draw()
        self._sheet.write_string(0, 0, self.title, self._styles(bold=True))
        for row, (name, value, formula, digits) in enumerate(self._head(), start=1):
            column = Column("", "number", digits)
            self._sheet.write_string(row, 0, words(f"account_{name}", self._lang), self._styles())
            if formula is None:
                write_given(self._sheet, row, 1, value, column, self._styles)
            else:
                style = self._styles.cell(column)
                self._sheet.write_array_formula(
                    row, 1, row, 1, "{" + self._table.formula(formula) + "}", style, value
                )
        note = "account_live" if self._ledger.live else "account_given"
        self._sheet.write_string(0, 2, words(note, self._lang), self._styles(italic=True))
        self._sheet.set_column(0, 0, 30)
        self._sheet.set_column(1, 1, 20)

    def _head(self) -> list[tuple[str, Cell, str | None, int]]:
        """The numbers above the table: name, value, formula (none where it is given), digits."""
        ledger, grant = self._ledger, self._ledger.grant
        least, cap, kept = ledger.terms
        return [
            ("amount", float(grant.amount_yuan), None, self.digits),
            ("unit", float(grant.unit_yuan), None, self.digits),
            ("floor", least, None, 2),
            ("cap", cap, None, 2),
            ("kept", kept, None, 4),
            ("units", float(ledger.units), f"ROUND({AMOUNT}/{UNIT},6)", 0),
            *self._scale(),
            ("off", 0, f"ROUND(SUM([amount:])-{AMOUNT},2)", 2),
            ("wrong", 0, "SUMPRODUCT(--(ROUND([difference:],2)<>0))", 0),
        ]

    def _scale(self) -> list[tuple[str, Cell, str | None, int]]:
        """Lambda from its breakpoints; a given number where the schools are many; blank without one."""
        if not self._steps.findable:
            given = None if self._ledger.scale is None else float(self._ledger.scale)
            blank = [(name, None, None, 2) for name in ("start", "reached", "free")]
            return [*blank, ("scale", given, None, 12)]
        start, reached, free = self._steps.found
        moves = f"([leaves:]<={START})*([reaches:]>{START})"
        points, sums = self._table.both("leaves", "reaches"), self._table.both("sum_leaves", "sum_reaches")
        return [
            ("start", start, f"MAX(IF(ISNUMBER({points}),IF({sums}<={UNITS}+0.000001,{points})))", 8),
            ("reached", reached, _sum_at(START), 2),
            ("free", free, f"SUM(IF(ISNUMBER([leaves:]),{moves}*[slope:],0))", 2),
            ("scale", float(self._ledger.scale or 0), f"{START}+IF({FREE}=0,0,({UNITS}-{REACHED})/{FREE})", 12),
        ]

    @cached_property
    def _columns(self) -> tuple[LiveColumn, ...]:
        return (*self._given(), *self._floors(), *self._shape(), *self._whole())

    def _given(self) -> list[LiveColumn]:
        ledger, lang = self._ledger, self._lang
        codes = [share.school_id for share in ledger.shares]
        names = [row.school.name for row in ledger.needs]
        pupils: list[Cell] = [row.pupils for row in ledger.needs]
        others: list[Cell] = [float(ledger.others(code)) for code in codes]
        last = [None if s.last_yuan is None else float(s.last_yuan) for s in ledger.shares]
        return [
            LiveColumn("code", Column(words("school_code", lang), "code"), codes),
            LiveColumn("name", Column(words("school", lang)), names),
            LiveColumn("pupils", Column(words("pupils", lang), "integer"), pupils, self._from_needs("pupils")),
            LiveColumn("others", Column(words("account_others", lang), "number", 2), others),
            LiveColumn("last", Column(words("last", lang), "number", 2), last),
        ]

    def _from_needs(self, name: str) -> Any:
        """Formula that fetches a school's number from the sheet of needs."""
        codes = [share.school_id for share in self._ledger.shares]
        return lambda row: f"{self._home}!{self._needs.cell(name, self._at[codes[row]])}"

    def _floors(self) -> list[LiveColumn]:
        """F3, F4 and F5 in yuan, then the floor and the cap in whole units."""
        ledger = self._ledger
        least, _, kept = ledger.terms
        needs = self._from_needs("need")
        f3 = [self._carried(k) for k in range(len(ledger.shares))]
        f4 = [least * row.pupils for row in ledger.needs]
        f5 = [kept * float(share.last_yuan or 0) for share in ledger.shares]
        rounded_up = "MAX(" + ",".join(f"ROUNDUP(ROUND([{f}]/{UNIT},6),0)" for f in ("f3", "f4", "f5")) + ")"
        alone = f'IF({CAP}="",[floor],0)'
        capped = f'IF({CAP}="",MAX({UNITS},[floor]),ROUNDDOWN(ROUND({CAP}*[pupils]/{UNIT},6),0))'
        return [
            LiveColumn(
                "f3",
                Column("F3", "number", 2),
                f3,
                (lambda row: f"IF({AMOUNT}+[others]=0,1,{AMOUNT}/({AMOUNT}+[others]))*{needs(row)}")
                if ledger.carries_f3
                else "0",
            ),
            LiveColumn("f4", Column("F4", "number", 2), f4, f"{FLOOR}*[pupils]"),
            LiveColumn("f5", Column("F5", "number", 2), f5, f"{KEPT}*[last]"),
            LiveColumn("floor", self._units("floor"), ledger.floors, rounded_up),
            LiveColumn("cap", self._units("cap"), ledger.caps, f"IF([pupils]=0,{alone},{capped})"),
        ]

    def _carried(self, k: int) -> float:
        ledger = self._ledger
        if not ledger.carries_f3:
            return 0.0
        amount, others = ledger.grant.amount_yuan, ledger.others(ledger.shares[k].school_id)
        share = float(amount / (amount + others)) if amount + others else 1.0
        return share * float(ledger.needs[k].need.total)

    def _units(self, name: str) -> Column:
        return Column(words(f"account_{name}_units", self._lang), "number", 0)

    def _shape(self) -> list[LiveColumn]:
        """Slope and offset, and with them the breakpoints; nothing where the optimum is given."""
        ledger = self._ledger
        if not ledger.live or ledger.slopes is None:
            return []
        slopes = [float(w) for w in ledger.slopes]
        offsets = [float(o) for o in ledger.offsets]
        columns = [*self._before()] if ledger.result.rule is SplitRule.CLOSEST else []
        columns.append(LiveColumn("slope", self._number("slope", 2), slopes, self._slope()))
        columns.append(LiveColumn("offset", self._number("offset", 4), offsets, self._offset()))
        return [*columns, *self._breakpoints()] if self._steps.findable else columns

    def _number(self, name: str, digits: int) -> Column:
        return Column(words(f"account_{name}", self._lang), "number", digits)

    def _before(self) -> list[LiveColumn]:
        """Last year, or the mean a pupil of the others."""
        values = [float(amount) for amount in self._ledger.before]
        mean = "SUMPRODUCT([last:]*([pupils:]>0))/MAX(1,SUMPRODUCT([pupils:]*ISNUMBER([last:])))"
        formula = f"IF([pupils]=0,0,IF(ISNUMBER([last]),[last],{mean}*[pupils]))"
        return [LiveColumn("before", self._number("before", 2), values, formula)]

    def _slope(self) -> Any:
        rule, ledger = self._ledger.result.rule, self._ledger
        if rule is SplitRule.FORMULA:
            return self._from_needs("weight")
        if rule is SplitRule.LEXIMIN and ledger.operating:
            return self._from_needs("need")
        if rule is SplitRule.BUNDLED:
            return None
        return "[pupils]"

    def _offset(self) -> str:
        rule = self._ledger.result.rule
        even = f"{UNITS}*[pupils]/SUM([pupils:])"
        if rule is SplitRule.CLOSEST:
            return f"IF(SUM([before:])=0,{even},{UNITS}*[before]/SUM([before:]))"
        return even if rule is SplitRule.BALANCE else "0"

    def _breakpoints(self) -> list[LiveColumn]:
        """Lambda at which a school leaves its floor and reaches its cap, and the sum of all amounts there."""
        still = 'IF(OR([slope]=0,[floor]>=[cap]),"",{})'.format
        leaves, reaches = self._steps.spread_out(0), self._steps.spread_out(1)
        sums = [[None if x is None else self._steps.sum_at(x) for x in column] for column in (leaves, reaches)]
        return [
            LiveColumn("leaves", self._number("leaves", 8), leaves, still("([floor]-[offset])/[slope]")),
            LiveColumn("reaches", self._number("reaches", 8), reaches, still("([cap]-[offset])/[slope]")),
            LiveColumn("sum_leaves", self._number("sum_leaves", 2), sums[0], still(_sum_at("[leaves]"))),
            LiveColumn("sum_reaches", self._number("sum_reaches", 2), sums[1], still(_sum_at("[reaches]"))),
        ]

    def _whole(self) -> list[LiveColumn]:
        """The share before rounding, whole units by largest remainder, yuan, and our amounts beside them."""
        ledger, lang = self._ledger, self._lang
        whole = [floor(round(x, 8)) for x in ledger.exact]
        rest = [round(x - w, 8) for x, w in zip(ledger.exact, whole, strict=True)]
        added = [x - w for x, w in zip(ledger.amounts, whole, strict=True)]
        ours: Sequence[float] = [float(share.amount_yuan) for share in ledger.shares]
        still = [0.0] * len(ours)
        pupils = [row.pupils for row in ledger.needs]
        money = Column(words("amount", lang), "number", self.digits)
        columns = [
            LiveColumn(
                "exact",
                self._number("exact", 6),
                ledger.exact,
                f"MIN(MAX({SCALE}*[slope]+[offset],[floor]),[cap])" if ledger.live else None,
            ),
            LiveColumn("whole", self._number("whole", 0), whole, "INT(ROUND([exact],8))"),
            LiveColumn("rest", self._number("rest", 8), rest, "ROUND([exact]-[whole],8)"),
            LiveColumn(
                "added",
                self._number("added", 0),
                added,
                f"IF(RANK([rest],[rest:])+COUNTIF([rest^],[rest])-1<={UNITS}-SUM([whole:]),1,0)"
                if ledger.live
                else None,
            ),
            LiveColumn("amount", money, ours, f"([whole]+[added])*{UNIT}"),
            LiveColumn(
                "each",
                Column(words("per_pupil", lang), "number", 2),
                [amount / count if count else None for amount, count in zip(ours, pupils, strict=True)],
                'IF([pupils]=0,"",[amount]/[pupils])',
            ),
            LiveColumn("ours", self._number("ours", self.digits), ours),
            LiveColumn("difference", self._number("difference", self.digits), still, "[amount]-[ours]"),
        ]
        return [*columns, *self._training()]

    def _training(self) -> list[LiveColumn]:
        """F7: the part marked for training, rounded up to whole yuan."""
        ledger = self._ledger
        if not ledger.operating or not ledger.facts.decision.policy.active("F7"):
            return []
        code = ledger.grant.grant_id
        values = [float(ledger.facts.training.get((code, s.school_id), 0)) for s in ledger.shares]
        formula = "MIN([amount],ROUNDUP(ROUND(training_share*[amount],6),0))"
        return [
            LiveColumn(
                "training", Column(words("training", self._lang), "number", self.digits), values, formula
            )
        ]


def _sum_at(scale: str) -> str:
    """Sum of all amounts at a lambda: each the middle of its floor, lambda slope + offset and its cap."""
    return f"SUMPRODUCT({CLIPPED.format(x=f'({scale}*[slope:]+[offset:])')})"
