"""Results about alliances in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from allocator.domain.allied import PartnerChange, rule_names
from allocator.text import LANGS, Lang, say


def enumerated(name: str, items: Iterable[str]) -> dict[str, object]:
    """Parameters `<name>_zh`, `<name>_en`: items listed as each language does."""
    listed = tuple(items)
    return {f"{name}_{lang}": say("common.enumeration", lang).join(listed) for lang in LANGS}


def change_text(change: PartnerChange, lang: Lang) -> str:
    """Sentence that says why two schools are together no more."""
    params: dict[str, object] = {"lead": change.lead, "member": change.member}
    if change.barred:
        return say("alliance.change_barred", lang, **params, rules=rule_names(change.barred, lang))
    if not change.possible:
        return say("alliance.change_impossible", lang, **params)
    if change.cost is None:
        return say("alliance.change_open", lang, **params)
    lost = losses_text(change.cost, lang)
    return say(f"alliance.change_{'gain' if lost else 'free'}", lang, **params, losses=lost)


def losses_text(losses: Mapping[str, float], lang: Lang) -> str:
    """Losses of levels in words, those of 0 left out; a later level may be better."""
    parts = [
        say(
            f"alliance.{'worse' if amount > 0 else 'better'}",
            lang,
            level=say(f"levels.{name}", lang),
            amount=f"{abs(amount):.6g}",
            unit=say(f"levels.{name}_unit", lang),
        )
        for name, amount in losses.items()
        if abs(amount) > 1e-9
    ]
    return say("common.comma", lang).join(parts)
