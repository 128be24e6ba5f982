"""The command check, where the plan is a split of grants."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from allocator.cli import show
from allocator.cli.judgements import conclude
from allocator.text import Lang, say


def check(
    district: Path,
    plan: Path,
    policy: str | None,
    overrides: Sequence[str] | None,
    lang: Lang,
    *,
    as_json: bool,
) -> None:
    """Judge a split from the tables alone; changes of the data that it was asked with are said again.

    Raises
    ------
    InfeasibleError
        If a rule that binds is broken.
    """
    from allocator.checking import check_funding  # noqa: PLC0415  help stays fast
    from allocator.io import read  # noqa: PLC0415  as above
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  as above
    from allocator.io.results import check_document  # noqa: PLC0415  as above
    from allocator.io.splits import read_split  # noqa: PLC0415  as above
    from allocator.spending import changed  # noqa: PLC0415  as above
    from allocator.spending.what_if import is_table_path  # noqa: PLC0415  as above

    said = overrides or ()
    profile = load_policy(policy or DEFAULT_POLICY, [text for text in said if not is_table_path(text)])
    recorded = read_split(plan)
    data = recorded.ruled(changed(read(district).district, [text for text in said if is_table_path(text)]))
    report = check_funding(data, profile, recorded.split, recorded.grants)
    if as_json:
        show.print_json(check_document(report, lang=lang))
    else:
        show.out.print(say("cli.judged_by", lang, policy=profile.id), style="dim", markup=False)
        show.rules(report, lang)
    conclude(report, lang, quiet=as_json)
