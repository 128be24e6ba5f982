"""Commands about policy profiles."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from allocator.cli import show
from allocator.cli.language import words
from allocator.cli.options import LANGUAGE, JsonOption, LangOption, SetOption
from allocator.text import say

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@app.callback()
def policies(context: typer.Context, lang: LangOption = LANGUAGE, as_json: JsonOption = False) -> None:
    """List the shipped profiles."""
    if context.invoked_subcommand is not None:
        return
    from allocator.io.policies import load_policy, policy_ids  # noqa: PLC0415  help stays fast

    loaded = [load_policy(name) for name in policy_ids()]
    if as_json:
        show.print_json([{"id": p.id, "name_zh": p.name_zh, "name_en": p.name_en} for p in loaded])
        return
    rows = [(p.id, p.name_zh if lang.value == "zh" else p.name_en) for p in loaded]
    show.table("", [say(f"cli.col_{name}", lang.value) for name in ("id", "name")], rows)


@app.command("show", help=words("policies_show"))
def show_profile(
    profile: Annotated[str, typer.Argument(metavar="ID", help=words("arg_profile"), show_default=False)],
    overrides: SetOption = None,
    lang: LangOption = LANGUAGE,
    as_json: JsonOption = False,
) -> None:
    """Show every value of a profile with its source."""
    from allocator.io.policies import describe_policy, load_policy  # noqa: PLC0415  light import

    policy = load_policy(profile, overrides or ())
    rows = describe_policy(policy, lang.value)
    if as_json:
        show.print_json(policy.model_dump(mode="json"))
        return
    name = policy.name_zh if lang.value == "zh" else policy.name_en
    show.out.print(Text(f"{policy.id}  {name}", "bold"))
    for row in rows:
        show.out.print(Text(f"{row.path} = {row.value}"), soft_wrap=True)
        facts = [part for part in (row.description, row.source) if part]
        show.out.print(Text("    " + " · ".join(facts), "dim"), soft_wrap=True)
    if policy.note:
        show.out.print(policy.note, markup=False, soft_wrap=True)
