"""The map of a plan of alliances as plain values: schools, lines to leads, areas around groups."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from allocator.domain.choices import AllianceRole
from allocator.domain.worth import Tie
from allocator.reporting.allied.ground import Ground
from allocator.reporting.allied.outlines import XY, around, around_towns, touching
from allocator.reporting.charts import placed_of, projected, pupils_of, towns_of
from allocator.reporting.several import COLOURS as FIRST_COLOURS
from allocator.reporting.wording import number

LEAD, MEMBER, INK, MUTED, FAINT = "#1d4e6b", "#c98a1b", "#1f2933", "#55616e", "#8f9ba7"
WARNING = "#b3401e"
COLOURS = (*FIRST_COLOURS, "#c2577e", "#4b7f1f", "#8a5a44", "#13808f")
WIDTH, LEAST_HEIGHT, MOST_HEIGHT = 1100, 440, 760  # pixels
SMALLEST, RANGE = 8, 10  # pixels of a symbol
DIAMOND = 1.35  # a diamond fills less of its square than a circle
MARGIN = 0.04  # of the larger side
MOST_LABELS = 120  # leads with a name beside them
CROWD = 400  # schools from which on symbols are smaller


class Plane:
    """Where the schools of a decision lie, in km east and north of their middle."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.schools = placed_of(ground.decision.district.schools)
        self.points = [(float(x), float(y)) for x, y in projected(self.schools)]
        self.at = {s.school_id: p for s, p in zip(self.schools, self.points, strict=True)}
        xs, ys = [p[0] for p in self.points], [p[1] for p in self.points]
        self.margin = max(0.2, MARGIN * max(max(xs) - min(xs), max(ys) - min(ys))) if xs else 1.0
        self.frame = (
            [f(v) + s * self.margin for f, v, s in ((min, xs, -1), (min, ys, -1), (max, xs, 1), (max, ys, 1))]
            if xs
            else []
        )

    @property
    def height(self) -> int:
        """Pixels that suit the shape of the district on a wide screen."""
        west, south, east, north = self.frame
        return round(min(MOST_HEIGHT, max(LEAST_HEIGHT, WIDTH * (north - south) / (east - west) + 60)))

    def option(self) -> dict[str, Any]:
        """Option of ECharts."""
        say = self.ground.say
        series = [self._towns(), *self._lines(), *self._dots(), *self._codes()]
        hidden = {say(name): False for name in ("map_blocking", "map_parted")}
        shown = [s["name"] for s in series if s.get("data") and "name" in s]
        areas = self._areas()
        return {
            "legend": {"top": 8, "left": 12, "right": 12, "type": "scroll", "data": shown, "selected": hidden},
            "geo": {
                "frame": self.frame,
                "areas": [{"name": name, "rings": rings} for name, rings, _ in areas],
                "regions": [{"name": name, "itemStyle": self._shade(colour)} for name, _, colour in areas],
                "unit": say("km_unit"),
                "top": 44,
                "bottom": 36,
                "left": 20,
                "right": 20,
            },
            "series": series,
        }

    def _towns(self) -> dict[str, Any]:
        lowest: dict[str | None, float] = {}
        for school, (_, y) in zip(self.schools, self.points, strict=True):
            lowest[school.town] = min(y, lowest.get(school.town, y))
        # Below the southernmost school: in their middle the dots would lie upon the name.
        found = towns_of(self.schools, self.points)
        towns = [{"name": t["name"], "value": [t["xy"][0], round(lowest[t["name"]], 3)]} for t in found]
        return _words(towns, _label(MUTED, 12, "bottom") | {"distance": 12}, 2, hide=True)

    def _codes(self) -> list[dict[str, Any]]:
        """Codes of the learning districts, each above the school nearest to the middle of its schools."""
        data = []
        for code in self._members if self.ground.form == "district" else ():
            points = [self.at[s] for s in self._members[code] if s in self.at]
            if points:
                x, y = (sum(p[k] for p in points) / len(points) for k in (0, 1))
                middle = [round(v, 3) for v in min(points, key=lambda p: math.hypot(p[0] - x, p[1] - y))]
                label = {"color": self._colours[code]}
                data.append({"name": code, "value": middle, "label": label})
        return [_words(data, _label(INK, 17, "top") | {"distance": 10}, 12, hide=False)]

    def _lines(self) -> list[dict[str, Any]]:
        """Lines of the ties by colour, then pairs that would rather join each other, then those parted."""
        ground = self.ground
        kinds: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        tags = {} if ground.decision.plan is None else ground.decision.plan.tags
        for tie in ground.decision.ties:
            line = self._line(tie.lead, tie.member, [self._about(tie)])
            if line:
                colour = self._colours.get(tie.alliance_id) if ground.form == "group" else None
                kinds[tags.get(tie.alliance_id) or ground.say("map_ties")].append(
                    line | ({"lineStyle": {"color": colour}} if colour else {})
                )
        series = [
            _line_series(name, kinds[name], COLOURS[k % len(COLOURS)], "solid")
            for k, name in enumerate(sorted(kinds))
        ]
        rather = [self._line(p.lead, p.member, [number(p.benefit, 4)]) for p in ground.decision.blocking]
        parted = [self._line(c.lead, c.member, []) for c in ground.decision.changes]
        series.append(_line_series(ground.say("map_blocking"), _only(rather), WARNING, "dashed"))
        series.append(_line_series(ground.say("map_parted"), _only(parted), MUTED, "dotted"))
        return series

    def _about(self, tie: Tie) -> str:
        km = number(tie.worth.km, 2)
        return self.ground.say("tip_tie", km=km, benefit=number(tie.worth.benefit, 4))

    def _line(self, lead: str, member: str, about: list[str]) -> dict[str, Any] | None:
        if lead not in self.at or member not in self.at:
            return None
        title = f"{self.ground.name(lead)} → {self.ground.name(member)}"
        return {"coords": [self.at[lead], self.at[member]], "tip": [title, about]}

    def _dots(self) -> list[dict[str, Any]]:
        """Schools by role."""
        ground = self.ground
        kinds: dict[str, list[dict[str, Any]]] = {
            n: [] for n in ("outside", "school", "member", "both", "lead")
        }
        largest = max((pupils_of(s) or 0 for s in self.schools), default=0) or 1
        scale = 0.6 if len(self.schools) > CROWD else 1.0
        for school, point in zip(self.schools, self.points, strict=True):
            kind, pupils = self._kind(school.school_id), pupils_of(school)
            about = [self._role(school.school_id, kind)]
            about += [] if pupils is None else [ground.say("tip_pupils", count=number(pupils))]
            about += [ground.say("tip_tags", tags=", ".join(school.tags))] if school.tags else []
            dot: dict[str, Any] = {"name": ground.name(school.school_id), "value": point}
            dot["tip"] = [f"{dot['name']} ({school.school_id})", about]
            size = scale * (SMALLEST + RANGE * math.sqrt((pupils or 0) / largest))
            dot["symbolSize"] = round(size * (DIAMOND if kind in ("lead", "both") else 1.0), 1)
            colour = self._colours.get(self._area_of(school.school_id) or "")
            if colour and kind in ("member", "school"):
                dot["itemStyle"] = {"color": colour, **_WHITE}
            kinds[kind].append(dot)
        named = len(kinds["lead"]) + len(kinds["both"]) <= MOST_LABELS
        return [
            {
                "type": "scatter",
                "name": ground.say(f"map_{kind}"),
                "coordinateSystem": "geo",
                "data": data,
                "z": 5 + order,
                "symbol": _SYMBOLS[kind][0],
                "itemStyle": _SYMBOLS[kind][1],
                **({"label": _label(INK, 11, "right")} if named and kind in ("lead", "both") else {}),
                "labelLayout": {"hideOverlap": True},
            }
            for order, (kind, data) in enumerate(kinds.items())
        ]

    def _kind(self, school: str) -> str:
        roles = {role for _, role in self.ground.parts.get(school, ())}
        if not roles:
            return "school" if school in self.ground.district_of else "outside"
        if len(roles) > 1:
            return "both"
        return "lead" if AllianceRole.LEAD in roles else "member"

    def _role(self, school: str, kind: str) -> str:
        ground = self.ground
        if kind == "school":
            return ground.say("tip_district", code=ground.district_of[school])
        codes = ", ".join(code for code, _ in ground.parts.get(school, ()))
        role = ground.say(f"map_{kind}")
        return ground.say("tip_alliance", role=role, codes=codes) if codes else role

    @cached_property
    def _colours(self) -> dict[str, str]:
        """Colour of each area; none for forms without areas."""
        return {code: COLOURS[k % len(COLOURS)] for k, code in enumerate(self._members)}

    @cached_property
    def _members(self) -> dict[str, list[str]]:
        """Schools of each area: groups, or learning districts."""
        ground = self.ground
        if ground.form == "group":
            return {a.code: [*a.leads, *a.members] for a in ground.alliances}
        found: defaultdict[str, list[str]] = defaultdict(list)
        for school, code in ground.district_of.items():
            found[code].append(school)
        return dict(sorted(found.items()))

    def _area_of(self, school: str) -> str | None:
        if self.ground.form == "group":
            return next((code for code, _ in self.ground.parts.get(school, ())), None)
        return self.ground.district_of.get(school)

    def _areas(self) -> list[tuple[str, list[list[XY]], str]]:
        colours, radius = self._colours, 0.5 * self.margin
        pairs = touching(self.ground.decision.district.towns)
        found = []
        for code, schools in self._members.items():
            points = [self.at[s] for s in schools if s in self.at]
            if points and self.ground.form == "district":
                found.append((code, around_towns(self._places(schools), pairs, radius), colours[code]))
            elif points:
                found.append((code, [around(points, radius)], colours[code]))
        return found

    def _places(self, schools: Iterable[str]) -> dict[str, list[XY]]:
        """Places of schools by town."""
        own = set(schools)
        found: defaultdict[str, list[XY]] = defaultdict(list)
        for school, point in zip(self.schools, self.points, strict=True):
            if school.school_id in own and school.town is not None:
                found[school.town].append(point)
        return found

    def _shade(self, colour: str) -> dict[str, Any]:
        """A group has a border; a district is made of pieces whose borders would cross it."""
        if self.ground.form == "district":
            return {"areaColor": colour + "2a", "borderWidth": 0}
        return {"areaColor": colour + "18", "borderColor": colour + "77", "borderWidth": 1}


def _only(lines: Iterable[dict[str, Any] | None]) -> list[dict[str, Any]]:
    return [line for line in lines if line]


def _line_series(name: str, lines: list[dict[str, Any]], colour: str, kind: str) -> dict[str, Any]:
    return {
        "type": "lines",
        "name": name,
        "coordinateSystem": "geo",
        "data": lines,
        "z": 4,
        "color": colour,
        "lineStyle": {"color": colour, "width": 1.8, "opacity": 0.75, "type": kind},
        "emphasis": {"lineStyle": {"width": 4, "opacity": 1}},
    }


def _words(data: list[dict[str, Any]], label: dict[str, Any], z: int, *, hide: bool) -> dict[str, Any]:
    """Words on the map, without a symbol."""
    return {
        "type": "scatter",
        "coordinateSystem": "geo",
        "silent": True,
        "symbolSize": 1,
        "itemStyle": {"color": "transparent"},
        "data": data,
        "label": label,
        "labelLayout": {"hideOverlap": hide},
        "z": z,
    }


def _label(colour: str, size: int, position: str) -> dict[str, Any]:
    return {
        "show": True,
        "formatter": "{b}",
        "color": colour,
        "fontSize": size,
        "position": position,
        "distance": 4,
        "textBorderColor": "#fff",
        "textBorderWidth": 3,
    }


_WHITE = {"borderColor": "#fff", "borderWidth": 1, "opacity": 1}
_SYMBOLS: dict[str, tuple[str, dict[str, Any]]] = {
    "lead": ("diamond", {"color": LEAD, **_WHITE}),
    "both": ("diamond", {"color": MEMBER, "borderColor": LEAD, "borderWidth": 2, "opacity": 1}),
    "member": ("circle", {"color": MEMBER, **_WHITE}),
    "school": ("circle", {"color": MUTED, **_WHITE}),
    "outside": ("circle", {"color": "#fff", "borderColor": FAINT, "borderWidth": 1.3, "opacity": 1}),
}
