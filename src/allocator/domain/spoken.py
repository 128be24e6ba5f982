"""Explanations as sentences, in Chinese or English, from their numbers."""

from __future__ import annotations

from collections.abc import Iterator

from allocator.domain.district import District
from allocator.domain.explanation import (
    Codes,
    Consequence,
    Labels,
    LevelChange,
    Price,
    ReadOff,
    SchoolChange,
    Statement,
    WhoElse,
    Why,
    WhyNot,
)
from allocator.domain.measures import MOVABLE
from allocator.domain.plan import Move, Status
from allocator.text import DEFAULT_LANG, Lang, say

Explanation = Why | WhyNot | WhoElse | SchoolChange | Price
DIGITS = {"breaches": 1, "changes": 0, "staffing": 0, "balance": 6, "burden": 1}


class Named:
    """Schools by name and code; teachers by code, and by name where names are to be shown."""

    def __init__(self, district: District, lang: Lang, *, show_names: bool = False) -> None:
        self._district = district
        self._lang = lang
        self._show_names = show_names

    def teacher(self, teacher_id: str) -> str:
        """Call a teacher."""
        person = self._district.teacher_by_id.get(teacher_id)
        name = person.name if person is not None and self._show_names else None
        return say("explain.teacher_label", self._lang, name=name, code=teacher_id) if name else teacher_id

    def school(self, school_id: str) -> str:
        """Call a school."""
        school = self._district.school_by_id.get(school_id)
        name = None if school is None else school.name
        return say("explain.school_label", self._lang, name=name, code=school_id) if name else school_id


def sentences(
    explanation: Explanation, district: District, lang: Lang = DEFAULT_LANG, labels: Labels | None = None
) -> tuple[str, ...]:
    """Say an explanation, one sentence a line.

    Parameters
    ----------
    district
        The district it is about.
    labels
        How teachers and schools are called; default: by their codes.
    """
    return tuple(_Speaker(district, lang, labels or Codes()).lines(explanation))


def staying(
    why: Why, district: District, lang: Lang = DEFAULT_LANG, labels: Labels | None = None
) -> tuple[str, ...]:
    """Say only what follows if a teacher who moves stays; nothing where that was not planned."""
    if why.otherwise is None:
        return ()
    return tuple(_Speaker(district, lang, labels or Codes()).consequence(why.otherwise))


def moving(move: Move, district: District, lang: Lang = DEFAULT_LANG, labels: Labels | None = None) -> str:
    """Say a move in one sentence."""
    return _Speaker(district, lang, labels or Codes()).moves(move)


def alike(
    found: ReadOff,
    teacher_id: str,
    district: District,
    lang: Lang = DEFAULT_LANG,
    labels: Labels | None = None,
) -> tuple[str, ...]:
    """Say who else is alike; nothing where nobody is."""
    if len(found.alike) < 2:
        return ()
    return (_Speaker(district, lang, labels or Codes()).alike(found, teacher_id),)


class _Speaker:
    """Says explanations of one district in one language."""

    def __init__(self, district: District, lang: Lang, labels: Labels) -> None:
        self.district = district
        self.lang = lang
        self.labels = labels

    def say(self, key: str, **params: object) -> str:
        return Statement(key, "", params).text(self.lang, self.labels)

    def lines(self, explanation: Explanation) -> Iterator[str]:
        if isinstance(explanation, Why):
            yield from self.why(explanation)
        elif isinstance(explanation, WhyNot):
            yield from self.why_not(explanation)
        elif isinstance(explanation, WhoElse):
            yield from self.who_else(explanation)
        elif isinstance(explanation, SchoolChange):
            yield from self.school(explanation)
        else:
            yield from self.price(explanation)

    def why(self, found: Why) -> Iterator[str]:
        person = self.district.teacher_by_id[found.teacher_id]
        if found.move is None:
            yield self.say("why_stays", teacher=found.teacher_id, school=person.school_id)
            yield from self._listed("barred", found.reasons)
        else:
            yield self.moves(found.move)
            yield from self._listed("for_it", found.reasons or (Statement("need_none"),))
        if found.otherwise is not None:
            yield self.say("if_moves" if found.move is None else "if_stays", teacher=found.teacher_id)
            yield from self.consequence(found.otherwise)
        if len(found.read_off.alike) > 1:
            yield self.alike(found.read_off, found.teacher_id)

    def moves(self, move: Move) -> str:
        km = "" if move.distance_km is None else self.say("km", km=move.distance_km)
        return self.say(
            "why_moves",
            teacher=move.teacher_id,
            origin=move.from_school_id,
            school=move.to_school_id,
            stage=move.stage,
            subject=move.subject,
            km=km,
        )

    def _listed(self, title: str, statements: tuple[Statement, ...]) -> Iterator[str]:
        if statements:
            yield self.say(title)
        for statement in statements:
            head = f"{statement.rule} " if statement.rule else ""
            yield f"- {head}{statement.text(self.lang, self.labels)}"

    def alike(self, found: ReadOff, teacher_id: str) -> str:
        since = self.district.teacher_by_id[teacher_id].since
        count, moved = len(found.alike), len(found.moved)
        month = self.say("since_unknown") if since is None else str(since)
        if moved in (0, count):
            return self.say("alike_all" if moved else "alike_none", count=count)
        if not found.by_service:
            return self.say("alike_other", count=count, moved=moved)
        going = teacher_id in found.moved
        rivals = [t for t in found.alike if (t in found.moved) != going]
        tied = any(self.district.teacher_by_id[t].since == since for t in rivals)
        key = ("alike_moved" if going else "alike_stays") + ("_tied" if tied else "")
        return self.say(key, count=count, moved=moved, teacher=teacher_id, since=month)

    def why_not(self, found: WhyNot) -> Iterator[str]:
        who = {"teacher": found.teacher_id, "school": found.school_id}
        if found.planned:
            yield self.say("already_there", **who)
        if found.barriers:
            yield self.say("not_allowed", **who)
            yield from (f"- {b.rule} {b.text(self.lang, self.labels)}" for b in found.barriers)
        if found.forced is None:
            return
        if not found.planned:
            yield self.say("why_not", **who)
            yield self.say(_allowed(found.forced))
        yield self.say("if_goes", **who)
        yield from self.consequence(found.forced)

    def who_else(self, found: WhoElse) -> Iterator[str]:
        who = {"teacher": found.teacher_id, "school": found.school_id}
        if not found.possible:
            yield self.say("who_none", **who)
            return
        yield self.say("who_else", **who, possible=found.possible, examined=len(found.replacements))
        for k, one in enumerate(found.replacements, start=1):
            alike = self.say("who_alike", count=one.alike) if one.alike > 1 else ""
            who = {"teacher": one.teacher_id, "origin": one.school_id}
            line = self.say("if_replaced", **who, outcome=self._summary(one.replanned), alike=alike)
            yield f"{k}. {line}"
        best = found.replacements[0].replanned if found.replacements else None
        if best is not None and best.levels and _equal(best, found.floor):
            yield self.say("who_best", teacher=found.teacher_id)

    def school(self, found: SchoolChange) -> Iterator[str]:
        yield self.say("school_title", school=found.school_id, gives=len(found.gives), gets=len(found.gets))
        for key, moves in (("school_gives", found.gives), ("school_gets", found.gets)):
            for m in moves:
                other = m.to_school_id if key == "school_gives" else m.from_school_id
                line = self.say(key, teacher=m.teacher_id, stage=m.stage, subject=m.subject, school=other)
                yield f"- {line}"
        for row in found.indicators:
            if row.indicator in MOVABLE:
                verdict = "unknown" if row.met_after is None else "met" if row.met_after else "unmet"
                values = {"before": _number(row.before, 2), "after": _number(row.after, 2)}
                params = {"stage": row.stage, "indicator": row.indicator, "threshold": row.threshold}
                line = self.say("school_indicator", **params, **values, verdict=self.say(verdict))
                yield f"- {line}"
        for r in found.staffing:
            if r.before != r.after or r.unfilled_after:
                unfilled = {"unfilled_before": r.unfilled_before, "unfilled_after": r.unfilled_after}
                params = {"posts": r.posts, "before": r.before, "after": r.after}
                yield "- " + self.say("school_posts", stage=r.stage, subject=r.subject, **params, **unfilled)

    def price(self, found: Price) -> Iterator[str]:
        step = self.say(found.key)
        free = bool(found.consequence.levels) and found.consequence.decisive is None
        outcome = self.say("price_none") if free else self._summary(found.consequence)
        after = f"{found.after:.10g}"
        yield self.say("price", rule=found.rule, step=step, path=found.path, after=after, outcome=outcome)

    def consequence(self, found: Consequence) -> Iterator[str]:
        """The levels, and what decides."""
        yield f"- {self._summary(found)}"
        if not found.levels:
            return
        decisive = found.decisive
        if decisive is None:
            yield "- " + self.say("equal")
        else:
            yield "- " + self.say(_verdict(decisive), level=say(f"levels.{decisive.name}", self.lang))

    def _summary(self, found: Consequence) -> str:
        if found.status is Status.INFEASIBLE:
            if not found.rule:
                return self.say("impossible")
            name = say(f"rules.{found.rule}_name", self.lang)
            return self.say("impossible_rule", rule=found.rule, name=name)
        if not found.levels:
            return self.say("undecided")
        return say("common.comma", self.lang).join(self._level(level) for level in found.levels)

    def _level(self, level: LevelChange) -> str:
        digits = DIGITS[level.name]
        name = say(f"levels.{level.name}", self.lang)
        base = _number(level.base, digits)
        if level.same and level.proven:
            return self.say("level_same", level=name, base=base)
        params = {
            "level": name,
            "base": base,
            "value": _number(level.value, digits),
            "change": _signed(level.change, digits),
            "unit": say(f"levels.{level.name}_unit", self.lang),
        }
        if level.proven:
            return self.say("level_changed", **params)
        ends = {
            "least": self.say("open_end") if level.least is None else _signed(level.least, digits),
            "most": self.say("open_end") if level.most is None else _signed(level.most, digits),
        }
        return self.say("level_range", **params, **ends)


def _verdict(decisive: LevelChange) -> str:
    """What the first level that changes says, as far as it is proven."""
    if decisive.change < 0:
        return "better_base"
    return "worse" if decisive.least is not None and decisive.least > 0 else "unclear"


def _allowed(forced: Consequence) -> str:
    if forced.status is Status.INFEASIBLE:
        return "allowed_not"
    return "allowed_free" if forced.levels and forced.decisive is None else "allowed"


def _equal(one: Consequence, other: Consequence) -> bool:
    """Whether two consequences have the same levels, as far as their grain goes."""
    pairs = list(zip(one.levels, other.levels, strict=False))
    return bool(pairs) and all(abs(a.value - b.value) <= 1e-6 * max(1.0, abs(b.value)) for a, b in pairs)


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _signed(value: float, digits: int) -> str:
    text = f"{value:+,.{digits}f}"
    return text if text.strip("+-0.,") else _number(0.0, digits)
