"""The command fund-explain: why a school gets what it gets."""

from __future__ import annotations

from typing import Annotated

import typer

from allocator.cli import show
from allocator.cli.funding import ChangeOption, GrantOption, RuleOption
from allocator.cli.language import spoken
from allocator.cli.options import LANGUAGE, District, LangOption, PolicyOption
from allocator.errors import InfeasibleError
from allocator.text import say

School = Annotated[str, typer.Argument(help=say("funding_why.arg_school", spoken()))]
Against = Annotated[
    str | None, typer.Option("--against", help=say("funding_why.opt_against", spoken()), show_default=False)
]


def fund_explain(
    district: District,
    school: School,
    against: Against = None,
    grants: GrantOption = None,
    rule: RuleOption = None,
    policy: PolicyOption = None,
    changes: ChangeOption = None,
    lang: LangOption = LANGUAGE,
) -> None:
    """Split as `fund` would, and explain one school."""
    from allocator.io import read  # noqa: PLC0415  help stays fast
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  light import
    from allocator.spending import changed, explain_split, split_funding  # noqa: PLC0415  light import
    from allocator.spending.what_if import is_table_path  # noqa: PLC0415  light import

    data = [text for text in changes or () if is_table_path(text)]
    profile = load_policy(policy or DEFAULT_POLICY, [text for text in changes or () if not is_table_path(text)])
    decision = split_funding(changed(read(district).district, data), profile, grants, rule)
    if decision.conflicts:
        raise InfeasibleError("funding.infeasible")
    for explanation in explain_split(decision, school, against, lang=lang.value):
        for text in explanation.sentences:
            show.out.print(show.one_line(text), markup=False, soft_wrap=True)
        show.out.print()
