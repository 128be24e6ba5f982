"""Why no plan exists: the smallest set of rules that cannot hold together, with its witnesses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from allocator.domain.choices import Stage, Subject
from allocator.domain.plan import Violation, rule_sentence
from allocator.text import DEFAULT_LANG, Lang, say


@dataclass(frozen=True, slots=True)
class Element:
    """One part of a rule that the conflict needs: a lock, a couple, a school, a subject of a school.

    `subject` is what violations of the rule call it; `key` and `params` name the sentence in the catalogue
    `conflict`.
    """

    rule: str
    subject: str
    key: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: Lang = DEFAULT_LANG) -> str:
        """Sentence for the user."""
        return say(f"conflict.{self.key}", lang, **self.params)


@dataclass(frozen=True, slots=True)
class Member:
    """One rule of a conflict, and how it would have to give way if the others of the conflict are kept.

    Attributes
    ----------
    rule
        Its id.
    amounts
        Unit -> amount by which it gives way in the plan that breaks it least, all other rules off but the
        other members; from the checker.
    least
        Whether it is proven that no plan breaks it less (by price, where a rule has several units).
    required, achieved
        What the rule required and what that plan achieves, for the sentences of the catalogue `rules`.
    witnesses
        The breaches of that plan.
    elements
        The parts of the rule that the conflict needs; empty where it is the rule as a whole.
    """

    rule: str
    amounts: Mapping[str, float]
    least: bool
    required: Mapping[str, float] = field(default_factory=dict)
    achieved: Mapping[str, float] = field(default_factory=dict)
    witnesses: tuple[Violation, ...] = ()
    elements: tuple[Element, ...] = ()

    def gives(self, lang: Lang = DEFAULT_LANG) -> str:
        """Amounts by which the rule gives way, with their units."""
        parts = (
            say(f"conflict.unit_{unit}", lang, amount=f"{amount:.10g}") for unit, amount in self.amounts.items()
        )
        return say("common.enumeration", lang).join(parts)

    def reached(self, lang: Lang = DEFAULT_LANG) -> str:
        """What can be achieved at best if the other members hold."""
        return rule_sentence(self.rule, "achieved", self.achieved, lang)

    def sentences(self, lang: Lang = DEFAULT_LANG) -> tuple[str, ...]:
        """What the rule requires, what can be achieved at best, and how far it would have to give way."""
        required = rule_sentence(self.rule, "required", self.required, lang)
        found = "" if self.least else "_found"
        return (
            say("conflict.requires", lang, sentence=required),
            say(f"conflict.reached{found}", lang, sentence=self.reached(lang)),
            say(f"conflict.gives{found}", lang, amounts=self.gives(lang)),
        )


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many teachers of a subject of a section are eligible, and leave in a plan that moves most."""

    school_id: str
    stage: Stage
    subject: Subject
    eligible: int
    possible: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that no plan obeys together (proven by two solvers); with any of them dropped, there is a plan.

    All other rules are off but R1 and R2, which bind throughout.

    Attributes
    ----------
    members
        The rules, in order. For each, a plan that obeys all the others has been found and checked.
    smallest
        Whether it is proven that no set with fewer rules conflicts.
    narrowed
        Whether every element named has been shown to be needed; otherwise some may be superfluous.
    capacity
        Where the quota of moved teachers (R6) is a member: one way to reach the most moves that the other
        members leave possible, by school and subject.
    rest
        Whether the one member conflicts with all other rules of the profile as a whole (R15 only).
    """

    members: tuple[Member, ...]
    smallest: bool
    narrowed: bool
    capacity: tuple[Capacity, ...] = ()
    rest: bool = False

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the members."""
        return tuple(member.rule for member in self.members)

    def sentences(self, lang: Lang = DEFAULT_LANG) -> tuple[str, ...]:
        """What is proven of the conflict as a whole."""
        count = len(self.members)
        if self.rest:
            return (say("conflict.rest", lang, rule=self.members[0].rule),)
        first = say("conflict.alone", lang) if count == 1 else say("conflict.proven", lang, count=count)
        least = say("conflict.smallest" if self.smallest else "conflict.not_smallest", lang)
        return (first, least) if self.narrowed else (first, least, say("conflict.not_narrowed", lang))
