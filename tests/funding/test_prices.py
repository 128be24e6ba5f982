"""Shadow prices: by hand, and against splits that are solved again on both sides."""

from __future__ import annotations

from decimal import Decimal
from math import ceil, floor

import pytest

from allocator.domain.choices import Purpose, SplitRule, Stage
from allocator.domain.district import District
from allocator.domain.funding import GrantResult, ShadowPrice
from allocator.domain.money_records import Received
from allocator.domain.policy import Policy
from allocator.domain.run import StopSignal
from allocator.funding.purse import Facts, Purse, purse_of
from allocator.funding.split import split_purse
from tests.funding.counties import county, grant, school
from tests.funding.test_rules_of_split import ELASTIC, OFF, small

GAP = 1e-7


def result_of(purse: Purse, *, prices: bool = False) -> GrantResult:
    found = split_purse(purse, StopSignal(), GAP, prices=prices)
    assert isinstance(found, GrantResult)
    return found


def value(purse: Purse, level: str) -> float:
    """The level before rounding to whole units."""
    found = result_of(purse)
    if level == "factor":
        assert found.scale is not None
        return float(found.scale * purse.unit)
    return next(row.continuous for row in found.levels if row.name == level)


def changed(purse: Purse, **values: object) -> Purse:
    return purse_of(purse.facts, purse.grant.model_copy(update=values))


def limited(purse: Purse, stage: Stage, limit: float) -> Purse:
    """The same grant under another CV limit of the standard."""
    indicators = purse.facts.policy.indicators.model_copy(update={f"cv_limit_{stage.value}": limit})
    policy = purse.facts.policy.model_copy(update={"indicators": indicators})
    return purse_of(Facts.of(purse.facts.district, policy), purse.grant)


def by_hand() -> dict[str, ShadowPrice]:
    """100 and 300 pupils had 5,000 and 35,000 yuan; 40,000 again, at least 60 a pupil: 6,000 and 34,000."""
    rows = (school("A", pupils=100), school("B", pupils=300))
    row = grant("G", 40_000, SplitRule.CLOSEST, purpose=Purpose.TRAINING, floor_per_pupil_yuan=60, year=2025)
    received = tuple(
        Received(school_id=code, grant_id="G", year=2024, amount_yuan=Decimal(amount))
        for code, amount in (("A", 5000), ("B", 35_000))
    )
    district = District(schools=rows, grants=(row,), received=received)
    found = result_of(purse_of(Facts.of(district, ELASTIC), row), prices=True)
    return {price.of: price for price in found.prices}


def test_a_yuan_more_of_money_by_hand() -> None:
    """The change is (6000 - M/8)^2 (1/100 + 1/300): its slope at 40,000 is -10/3, from 24,000 to 48,000."""
    price = by_hand()["amount"]
    assert price.price == pytest.approx(-10 / 3)
    assert price.curve == pytest.approx((1 / 8) ** 2 / 75)
    assert (price.low, price.high) == (24_000, 48_000)
    assert price.exact


def test_a_yuan_a_pupil_more_of_floor_by_hand() -> None:
    """From 60 to 61: 13,333.33 becomes 16,133.33; it holds from 50 (last year's part) to 100 (even money)."""
    price = by_hand()["floor_per_pupil"]
    assert price.price + price.curve == pytest.approx(2800)
    assert price.price == pytest.approx(8000 / 3)
    assert (price.low, price.high) == (50, 100)


def test_a_yuan_more_of_one_schools_floor_by_hand() -> None:
    """2 x 1000 / 100 + 2 x 1000 / 300; the other school keeps its 18,000."""
    price = by_hand()["floor"]
    assert price.school_id == "A"
    assert price.price == pytest.approx(80 / 3)
    assert (price.low, price.high) == (5000, 22_000)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    ("rule", "policy"),
    [(SplitRule.FORMULA, ELASTIC), (SplitRule.LEXIMIN, ELASTIC), (SplitRule.CLOSEST, OFF)],
)
def test_an_exact_price_holds_up_to_its_ends_and_no_further(rule: SplitRule, policy: Policy, seed: int) -> None:
    """Solved again at both ends the level is as the price says; a little beyond it is not.

    A range that is too wide fails at its ends, one that is too narrow beyond them, a wrong price at both.
    """
    purse = small(seed, rule, policy, units=6000)
    price = next(p for p in result_of(purse, prices=True).prices if p.of == "amount")
    assert price.exact
    here = value(purse, price.level)

    def off(amount: int) -> float:
        """How far the level is from what the price says, over the size of the change of the money."""
        more = float(amount - purse.grant.amount_yuan)
        said = here + price.price * more + price.curve * more**2
        return abs(value(changed(purse, amount_yuan=Decimal(amount)), price.level) - said) / max(
            1e-12, abs(price.price * more) + abs(price.curve) * more**2, 1e-4 * here
        )

    assert price.low is not None
    low = 100 * ceil(price.low / 100)
    assert off(max(low, 100)) < 1e-6
    if price.high is not None:
        high = 100 * floor(price.high / 100)
        assert off(high) < 1e-6
        beyond = high + 100 * ceil(high / 1000)
        if price.price and isinstance(
            split_purse(changed(purse, amount_yuan=Decimal(beyond)), StopSignal(), GAP), GrantResult
        ):
            assert off(beyond) > 1e-6


@pytest.fixture(scope="module")
def uneven() -> Purse:
    """Twelve schools whose equipment no split of the money brings under its limits."""
    row = grant("G", 3_600_000, SplitRule.BALANCE, purpose=Purpose.EQUIPMENT, floor_per_pupil_yuan=100)
    return purse_of(Facts.of(county(12, 4, (row,)), Policy(id="test")), row)


@pytest.fixture(scope="module")
def priced(uneven: Purse) -> dict[tuple[str, str], ShadowPrice]:
    return {(p.of, p.school_id): p for p in result_of(uneven, prices=True).prices}


def holds(uneven: Purse, price: ShadowPrice, there: Purse, more: float) -> None:
    """Off by at most a tenth of the change, as said (and the precision of a solve)."""
    change = value(there, "spread") - value(uneven, "spread")
    assert price.level == "spread"
    assert not price.exact
    assert change == pytest.approx(price.price * more, rel=0.11, abs=2e-5)


def test_the_price_of_money_where_a_limit_binds(
    uneven: Purse, priced: dict[tuple[str, str], ShadowPrice]
) -> None:
    """Solved again at both ends of the range, and a thousandth to each side, where it is sharp."""
    price = priced["amount", ""]
    amount = uneven.grant.amount_yuan
    assert price.low is not None
    assert price.high is not None
    assert price.low < 0.95 * float(amount)
    assert price.high > 1.05 * float(amount)
    for end in (Decimal(ceil(price.low)), Decimal(floor(price.high))):
        holds(uneven, price, changed(uneven, amount_yuan=end), float(end - amount))
    sides = [value(changed(uneven, amount_yuan=amount * k / 1000), "spread") for k in (999, 1001)]
    assert sides[1] - sides[0] == pytest.approx(price.price * 2 * float(amount) / 1000, rel=0.01)


def test_the_price_of_a_limit(uneven: Purse, priced: dict[tuple[str, str], ShadowPrice]) -> None:
    """A stage whose limit is smaller by d has its largest ratio raised as the price says."""
    prices = [price for (of, _), price in priced.items() if of.startswith("limit.")]
    assert len(prices) == 2
    assert any(price.price < -0.01 for price in prices)
    for price in prices:
        stage = Stage.PRIMARY if price.of == "limit.primary" else Stage.JUNIOR
        here = uneven.facts.policy.cv_limit(stage)
        for end in (price.low, price.high):
            assert end is not None
            holds(uneven, price, limited(uneven, stage, end), end - here)


def test_the_price_of_a_floor_where_a_limit_binds(
    uneven: Purse, priced: dict[tuple[str, str], ShadowPrice]
) -> None:
    """A higher floor for all takes money from those who need it: the spread grows."""
    price = priced["floor_per_pupil", ""]
    assert price.price > 0
    assert price.low is not None
    assert price.high is not None
    assert price.low < 100 < price.high
    for end in (price.low, price.high):
        there = changed(uneven, floor_per_pupil_yuan=Decimal(round(end * 100)) / 100)
        holds(uneven, price, there, end - 100)
    assert sum(of == "floor" for of, _ in priced) >= 1


def test_money_that_lies_evenly_has_a_price_of_nothing() -> None:
    """Two schools alike without a binding floor: the spread is 0 from the floors on."""
    row = grant("G", 10_000, SplitRule.BALANCE, purpose=Purpose.TRAINING, floor_per_pupil_yuan=20)
    rows = (school("A", pupils=100), school("B", pupils=100))
    found = result_of(purse_of(Facts.of(District(schools=rows, grants=(row,)), ELASTIC), row), prices=True)
    price = found.prices[0]
    assert (price.of, price.level, price.price) == ("amount", "spread", 0.0)
    assert (price.low, price.high) == (4000, None)


def test_nothing_is_priced_unless_asked_and_nothing_of_nothing() -> None:
    """A grant of 0 yuan has no piece to stand on."""
    row = grant("G", 0, SplitRule.CLOSEST, purpose=Purpose.TRAINING)
    purse = purse_of(Facts.of(District(schools=(school("A"),), grants=(row,)), ELASTIC), row)
    assert result_of(purse, prices=True).prices == ()
    assert result_of(small(1, SplitRule.FORMULA)).prices == ()
