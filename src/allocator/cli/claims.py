"""What a result.json claims about its plan, to be compared with what the check finds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import CheckReport
from allocator.domain.policy import Policy
from allocator.errors import UsageError
from allocator.text import Lang, say


@dataclass(frozen=True)
class Claims:
    """The `run` part of a result, empty where the plan comes without one."""

    run: Mapping[str, Any]

    @classmethod
    def of(cls, plan: Path) -> Claims:
        """Read the claims that lie beside or in a plan."""
        file = plan / "result.json" if plan.is_dir() else plan
        if file.suffix != ".json" or not file.is_file():
            return cls({})
        try:
            run = json.loads(file.read_text(encoding="utf-8")).get("run", {})
        except (ValueError, AttributeError):
            # The reader of the plan reports a broken file.
            return cls({})
        return cls(run if isinstance(run, dict) else {})

    @property
    def policy(self) -> Policy | None:
        """The profile that was used, with all its values; None where it is not recorded."""
        values = (self.run.get("policy") or {}).get("values")
        try:
            return None if values is None else Policy.model_validate(values)
        except ValidationError as fault:
            raise UsageError("broken_claims", count=fault.error_count()) from fault

    @property
    def as_of(self) -> Month | None:
        """Reference date that was used."""
        text = self.run.get("as_of")
        return None if text is None else Month.parse(text)

    def problems(self, district: District, policy: Policy, report: CheckReport, lang: Lang) -> list[str]:
        """Sentences about claims that do not hold."""
        if not self.run:
            return []
        found = []
        if (self.run.get("policy") or {}).get("sha256") != policy.sha256:
            found.append(say("cli.other_policy", lang))
        if self.run.get("input_sha256") != district.sha256:
            found.append(say("cli.other_data", lang))
        for level in self.run.get("levels") or []:
            name, claimed = level.get("name"), level.get("final")
            value = report.levels.get(name)
            if value is not None and claimed is not None and abs(value - claimed) > 1e-6 * max(1.0, abs(value)):
                params = {"level": say(f"levels.{name}", lang), "claimed": claimed, "found": value}
                found.append(say("cli.level_differs", lang, **params))
        return found
