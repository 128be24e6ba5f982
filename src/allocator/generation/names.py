"""Plainly synthetic names of towns, schools and teachers."""

from __future__ import annotations

from collections import Counter

import numpy as np

from allocator.domain.choices import SchoolKind
from allocator.generation.geography import Ints, Places
from allocator.generation.schools import KINDS

FIRST = "青云晴安和明清松柳荷竹枫桐兰桂梅溪泉岚沐"
SECOND = "禾汀岭桥川塘湾台亭浦坪洲渡岗泽陂原畈坞堰"
SURNAMES = "甲乙丙丁戊己庚辛壬癸"
GIVEN = "一二三四五六七八九十"
DIGITS = "零一二三四五六七八九"
SUFFIX = {SchoolKind.PRIMARY: "小学", SchoolKind.JUNIOR: "初级中学", SchoolKind.NINE_YEAR: "九年一贯制学校"}


def numeral(number: int) -> str:
    """Chinese numeral of 1 to 99; plain digits beyond."""
    if number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    lead = "" if tens == 0 else "十" if tens == 1 else DIGITS[tens] + "十"
    return lead + (DIGITS[ones] if ones or not tens else "")


def place_names(places: Places, plain: bool, rng: np.random.Generator) -> list[str]:
    """Names of streets and towns, each once."""
    count = len(places.urban)
    kinds = ["街道" if urban else "镇" for urban in places.urban]
    if plain:
        return [f"示例{number:02d}{kind}" for number, kind in enumerate(kinds, start=1)]
    pool = [a + b for a in FIRST for b in SECOND]
    drawn = rng.permutation(len(pool)).tolist()
    rounds = [divmod(i, len(pool)) for i in range(count)]
    stems = [pool[drawn[i]] + (str(again + 1) if again else "") for again, i in rounds]
    return [stem + kind for stem, kind in zip(stems, kinds, strict=True)]


def school_names(kind: Ints, place: Ints, towns: list[str], plain: bool) -> list[str]:
    """Names of schools: town, number within the town and kind."""
    kinds = [KINDS[code] for code in kind]
    if plain:
        return [f"示例{number:02d}{SUFFIX[k]}" for number, k in enumerate(kinds, start=1)]
    total = Counter(zip(place.tolist(), kinds, strict=True))
    seen: Counter[tuple[int, SchoolKind]] = Counter()
    names = []
    for town, k in zip(place.tolist(), kinds, strict=True):
        seen[town, k] += 1
        ordinal = f"第{numeral(seen[town, k])}" if total[town, k] > 1 else ""
        names.append(f"{towns[town].removesuffix('街道')}{ordinal}{SUFFIX[k]}")
    return names


def teacher_names(count: int, rng: np.random.Generator) -> list[str]:
    """Invented names that nobody bears: a heavenly stem and two numerals."""
    draws = rng.integers(0, 10, (count, 3))
    return [SURNAMES[a] + GIVEN[b] + GIVEN[c] for a, b, c in draws.tolist()]
