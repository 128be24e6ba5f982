"""The application: its commands, and what becomes of errors.

Exit codes: 0 done (a plan found and checked), 2 bad input or usage, 3 infeasible (or a plan that breaks
rules), 4 nothing within the limit, 1 our own fault.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated

import typer
from typer.exceptions import Abort, Exit, TyperException

from allocator.cli import (
    allying,
    combining,
    data,
    explaining,
    funding,
    funding_why,
    planning,
    profiles,
    reaching,
    several,
    spending,
    usage,
)
from allocator.cli.language import spoken, words
from allocator.cli.show import err, fault_records, faults, print_json
from allocator.errors import AllocatorError, InputError
from allocator.text import Lang, say

app = typer.Typer(
    name="allocator",
    help=words("app"),
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from allocator.engine import engine_version  # noqa: PLC0415  help stays fast

        typer.echo(engine_version())
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help=words("opt_version"), callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Options before the command."""


app.command("demo", help=words("demo"))(planning.demo)
app.command("template", help=words("template"))(data.template)
app.command("validate", help=words("validate"))(data.validate)
app.command("indicators", help=words("indicators"))(data.indicators)
app.command("rotate", help=words("rotate"))(planning.rotate)
app.command("check", help=words("check"))(planning.check)
app.command("explain", help=say("explain.cli", spoken()))(explaining.explain)
app.command("tradeoff", help=say("several.help_tradeoff", spoken()))(several.tradeoff)
app.command("rollout", help=say("several.help_rollout", spoken()))(several.rollout)
app.command("check-rollout", help=say("several.help_check_rollout", spoken()))(several.check_rollout)
app.command("ally", help=say("alliance.help_ally", spoken()))(allying.ally)
app.command("plan", help=say("combined.help", spoken()))(combining.plan)
app.command("fund", help=say("funding.help", spoken()))(funding.fund)
app.command("fund-explain", help=say("funding_why.help", spoken()))(funding_why.fund_explain)
app.command("reach", help=say("reach.help", spoken()))(reaching.reach)
app.command("compare", help=say("fundreport.help_compare", spoken()))(spending.compare)
app.command("generate", help=words("generate"))(data.generate)
app.command("docs", help=words("docs"), hidden=True)(data.docs)
app.add_typer(profiles.app, name="policies", help=words("policies"))


def main() -> None:
    """Run the command line; every error becomes one message and an exit code."""
    if hasattr(signal, "SIGPIPE"):
        # As other commands do: `| head` ends us without a word.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        # Terminals that cannot show Chinese get escapes, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    code = run(sys.argv[1:])
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as fault:
        code = _unwritable(fault, spoken())
        # What is left in the buffer is tried once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    lang = spoken(arguments)
    as_json = "--json" in arguments
    try:
        code = app(args=arguments or ["--help"], standalone_mode=False)
        return code if isinstance(code, int) else 0
    except InputError as fault:
        return _input_error(fault, lang, as_json=as_json)
    except AllocatorError as fault:
        return _failed(fault.text(lang), fault.exit_code, as_json=as_json)
    except Exit as end:
        return end.exit_code
    except (Abort, KeyboardInterrupt):
        return 130
    except TyperException as fault:
        return _failed(say("errors.usage", lang, problem=usage.problem(fault, lang)), 2, as_json=as_json)
    except OSError as fault:
        return _unwritable(fault, lang)
    except Exception as fault:
        if os.environ.get("ALLOCATOR_DEBUG"):
            raise
        text = say("errors.internal", lang, kind=type(fault).__name__, detail=fault)
        return _failed(text, 1, as_json=as_json)


def _input_error(fault: InputError, lang: Lang, *, as_json: bool) -> int:
    if as_json:
        print_json({"status": "error", "faults": fault_records(fault.faults, lang)})
    else:
        faults(fault.faults, lang)
        err.print(fault.text(lang), style="bold red", markup=False)
    return fault.exit_code


def _unwritable(fault: OSError, lang: Lang) -> int:
    """Say that output, most likely standard output, cannot be written; not as JSON, which goes there too."""
    params = {"path": fault.filename or "stdout", "reason": fault.strerror or fault}
    return _failed(say("errors.unwritable", lang, **params), 2, as_json=False)


def _failed(text: str, code: int, *, as_json: bool) -> int:
    if as_json:
        print_json({"status": "error", "text": text})
    err.print(text, style="bold red", markup=False, soft_wrap=True)
    return code
