"""Scenarios of alliances: networks in which published counts of a real district come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from allocator.domain.alliance_records import Link, Membership
from allocator.domain.choices import AllianceForm, AllianceRole, LinkKind, SchoolKind, Setting
from allocator.domain.district import District
from allocator.generation.options import Options, Streams
from allocator.generation.sited import Plot, Site, build

PRIMARY, JUNIOR, NINE_YEAR = SchoolKind.PRIMARY, SchoolKind.JUNIOR, SchoolKind.NINE_YEAR
TROUPES = ("合唱", "管乐", "民乐", "舞蹈", "戏剧", "书法", "美术", "京剧", "曲艺")

HEDONG_STREETS = (
    "PJppp", "PJjjj", "PJppp", "PJpj",
    "PJpj", "Pppn", "PJpj", "PJjjn",
    "PJpn", "PJp", "PPp", "Pn",
)  # fmt: skip
"""Schools of each street: primary, junior, nine-year; capitals are strong."""


def dongcheng_2008() -> District:
    """Make the scenario `instances/scenarios/dongcheng-2008`: 14 pairs of 2008 and room for 6 more.

    30 primary and 20 junior schools: ceil(0.4 n) = 12 and 8 are strong, so 20 pairs are the most there can be.
    """
    streams = Streams(2008)
    plot = Plot(5, 2, 2.0, learning=(0, 0, 1, 2, 2, 3, 3, 1, 4, 4))
    kinds = [PRIMARY] * 30 + [JUNIOR] * 20
    strong = [n < 12 for n in range(30)] + [n < 8 for n in range(20)]
    district = build(
        plot, _scattered(plot, kinds, strong, streams), _options(2008, "东城", size=0.7), streams, teachers=True
    )
    ids = [s.school_id for s in district.schools]
    leads = {PRIMARY: ids[:12], JUNIOR: ids[30:38]}
    lower = {PRIMARY: ids[12:30], JUNIOR: ids[38:50]}
    pairs = [
        *zip(leads[PRIMARY][:8], lower[PRIMARY][:8], strict=True),
        *zip(leads[JUNIOR][:6], lower[JUNIOR][:6], strict=True),
    ]
    links = [
        (leads[PRIMARY][8], lower[PRIMARY][10], LinkKind.TOGETHER, None),
        (leads[PRIMARY][9], lower[PRIMARY][11], LinkKind.APART, None),
        (leads[JUNIOR][6], lower[JUNIOR][8], LinkKind.APART, None),
        (leads[PRIMARY][10], lower[PRIMARY][12], LinkKind.WISH, 1.0),
        (leads[PRIMARY][11], lower[PRIMARY][12], LinkKind.WISH, 0.5),
        (leads[JUNIOR][7], lower[JUNIOR][10], LinkKind.WISH, 1.0),
    ]
    update = {"memberships": _pairs(pairs, 2008), "links": _links(links)}
    return district.model_copy(update=update)


def dongcheng_hubs() -> District:
    """Make the scenario `instances/scenarios/dongcheng-hubs`: 22 troupes and the 38 schools they serve.

    40 primary and 24 junior schools: 16 and 10 are strong, 24 + 14 = 38 are not. 22 strong schools have a
    troupe, one tag each; every other school that is not strong wishes for one of them.
    """
    streams = Streams(2011)
    plot = Plot(4, 4, 1.6, learning=tuple(n // 4 // 2 * 4 + n % 4 for n in range(16)))
    kinds = [PRIMARY] * 40 + [JUNIOR] * 24
    strong = [n < 16 for n in range(40)] + [n < 10 for n in range(24)]
    district = build(
        plot, _scattered(plot, kinds, strong, streams), _options(2011, "东城"), streams, teachers=False
    )
    strong_rows, lower_rows = np.flatnonzero(strong), np.flatnonzero(~np.array(strong))
    hubs = np.sort(streams("troupes").permutation(strong_rows)[:22]).tolist()
    tags = {row: (TROUPES[n % len(TROUPES)],) for n, row in enumerate(hubs)}
    schools = tuple(s.model_copy(update={"tags": tags.get(n, ())}) for n, s in enumerate(district.schools))
    order = streams("wishes for troupes").permutation(len(hubs)).tolist()
    wishes = [
        (schools[hubs[order[n % len(hubs)]]].school_id, schools[row].school_id, LinkKind.WISH, 10.0)
        for n, row in enumerate(lower_rows.tolist())
    ]
    return district.model_copy(update={"schools": schools, "links": _links(wishes)})


def hedong_2024() -> District:
    """Make the scenario `instances/scenarios/hedong-2024`: 6 groups of 23 schools, of 48 in 12 streets.

    27 primary, 17 junior and 4 new nine-year schools: 13 of 31 primary and 9 of 21 junior sections are strong.
    Within 1.5 km, the reach of the scenario's profile, are the schools of one street only. In six streets a
    strong school has two or three lower schools of its stage, 17 in all; nowhere else are there two.
    """
    streams = Streams(2024)
    plot = Plot(4, 3, 2.0, learning=(0, 1, 2, 3) * 3)
    opened = iter((2023, 2023, 2023, 2024))
    sites = [
        site for town, letters in enumerate(HEDONG_STREETS) for site in _street(town, letters, streams, opened)
    ]
    return build(plot, sites, _options(2024, "河东", lon=117.25, lat=39.13, size=0.7), streams, teachers=True)


def zunyi_2012() -> District:
    """Make the scenario `instances/scenarios/zunyi-2012`: 30 pilot schools, each the lead of a group 1 + n.

    15 counties of two places each, farther apart than 15 km. Each place has one pilot school, strong, and two
    or three lower schools of its stage, 70 in all, some a further strong school: 70 primary and 47 junior
    schools, 28 and 19 of them strong. The members wish for the pilot school.
    """
    streams = Streams(2012)
    plot = Plot(5, 3, 45.0, (0, 1, 2, 3, 4) * 3, "县", "片区", Setting.TOWN)
    sites: list[Site] = []
    groups = []
    for number, (kind, lower, extra) in enumerate(_zunyi_places()):
        town, side = divmod(number, 2)
        first = len(sites)
        shift = streams(f"place {number}").uniform(-1.5, 1.5, (1 + lower + extra, 2))
        shift[:, 0] += 10.0 if side else -10.0
        strong = [True, *[False] * lower, *[True] * extra]
        sites += [Site(kind, town, good, *xy) for good, xy in zip(strong, shift.tolist(), strict=True)]
        groups.append((first, range(first + 1, first + 1 + lower)))
    options = _options(2012, "遵义", lon=106.93, lat=27.72, size=0.8)
    district = build(plot, sites, options, streams, teachers=False)
    ids = [s.school_id for s in district.schools]
    wishes = [(ids[pilot], ids[n], LinkKind.WISH, 10.0) for pilot, members in groups for n in members]
    return district.model_copy(update={"links": _links(wishes)})


def _zunyi_places() -> list[tuple[SchoolKind, int, int]]:
    """Stage, lower schools and further strong schools of 30 places, two a county.

    The first place of each county and the second of three counties are primary: 18, the other 12 junior.
    """
    kinds = [PRIMARY if n % 2 == 0 or n in (1, 13, 25) else JUNIOR for n in range(30)]
    out, seen = [], {PRIMARY: 0, JUNIOR: 0}
    threes, extras = {PRIMARY: 6, JUNIOR: 4}, {PRIMARY: 10, JUNIOR: 7}
    for kind in kinds:
        out.append((kind, 3 if seen[kind] < threes[kind] else 2, 1 if seen[kind] < extras[kind] else 0))
        seen[kind] += 1
    return out


def _options(year: int, name: str, *, lon: float = 116.41, lat: float = 39.92, size: float = 1.0) -> Options:
    return Options(year=year, name=f"{name}情景（合成数据）", plain_names=True, lon=lon, lat=lat, size=size)


def _scattered(plot: Plot, kinds: Sequence[SchoolKind], strong: Sequence[bool], streams: Streams) -> list[Site]:
    """Sites spread over the towns, kind by kind, strong ones too."""
    rng = streams("sites")
    towns = len(plot.learning)
    shift = rng.uniform(-0.45, 0.45, (len(kinds), 2)) * plot.spacing_km
    return [
        Site(kind, n % towns, good, east, north)
        for n, (kind, good, (east, north)) in enumerate(zip(kinds, strong, shift.tolist(), strict=True))
    ]


def _street(town: int, letters: str, streams: Streams, opened: Iterator[int]) -> Iterator[Site]:
    """Schools of one street within 0.24 km of its centre; letters as in `HEDONG_STREETS`."""
    kinds = {"p": PRIMARY, "j": JUNIOR, "n": NINE_YEAR}
    rng = streams(f"street {town}")
    for letter in letters:
        angle, km = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.24)
        year = next(opened) if letter == "n" else None
        place = float(km * np.cos(angle)), float(km * np.sin(angle))
        yield Site(kinds[letter.lower()], town, letter.isupper(), *place, opened=year)


def _pairs(pairs: Sequence[tuple[str, str]], since: int) -> tuple[Membership, ...]:
    return tuple(
        Membership(
            alliance_id=f"J{number:02d}", form=AllianceForm.PAIR, school_id=school, role=role, since=since
        )
        for number, pair in enumerate(pairs, start=1)
        for school, role in zip(pair, (AllianceRole.LEAD, AllianceRole.MEMBER), strict=True)
    )


def _links(rows: Sequence[tuple[str, str, LinkKind, float | None]]) -> tuple[Link, ...]:
    return tuple(Link(school_a=a, school_b=b, link=kind, weight=weight) for a, b, kind, weight in rows)
