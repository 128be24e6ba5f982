"""Jobs run in processes of their own, from the command as typed to the tables and the records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from allocator.alliance.pair_flow import two_sides
from benchmarks import alliances
from benchmarks.__main__ import main
from benchmarks.alliance_cases import network
from benchmarks.child import measure
from benchmarks.jobs import Job, jobs, selected
from benchmarks.peers import networkx_pairs

OURS = Job("ours/hamlet@0.1%", "benchmarks.ours", {"schools": 5, "seed": 1, "gap": 1e-3, "time_s": None}, 60.0)


def test_the_town_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a plan, without a proof or with a broken rule the row would say so."""
    main(["--only", "ours/town@0.1%", "--results", str(tmp_path)])
    (path,) = tmp_path.iterdir()
    machine, record = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert machine["machine"]["versions"]["ortools"]
    assert (record["outcome"], record["status"], record["broken"]) == ("done", "optimal", [])
    assert record["teachers"] == 608
    assert set(record["seconds"]) == {"import", "generate", "build", "solve", "check", "plan", "write"}
    assert record["seconds"]["plan"] >= record["seconds"]["solve"] > 0
    assert record["peak_mib"] >= record["plan_mib"] > 10
    printed = capsys.readouterr().out
    assert "| town@0.1% | optimal | 608 |" in printed
    assert "| town@0.1% | staffing | 31 | 31 | 0.0000% |" in printed


def test_alliances_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a proof or with a broken rule the row would say so."""
    main(["--only", "hubs/1250", "--results", str(tmp_path)])
    printed = capsys.readouterr().out
    assert "| hubs/1250 | optimal |" in printed
    assert "| hubs/1250 | distance |" in printed
    groups = alliances.run("groups", schools=40, leads=8, seed=1, time_s=20.0)
    assert (groups["status"], groups["broken"], groups["cpu_s"] > 0) == ("optimal", [], True)
    assert [level["name"] for level in groups["levels"]] == ["coverage", "benefit", "evenness", "distance"]


@pytest.mark.parametrize("mixed", [False, True])
def test_networkx_gets_the_network_of_ours(mixed: bool) -> None:
    """Sixty schools with five neighbours: the same edges and, both being optimal, the same weight."""
    options: dict[str, Any] = {"schools": 60, "neighbours": 5, "seed": 1, "mixed": mixed}
    ours = alliances.run("pairs", **options)
    other = networkx_pairs.run(before=ours, **options)
    assert other["same"]
    assert (other["edges"], other["weight"]) == (ours["edges"], ours["weight"])
    lead, member = (getattr(network(**options), end) for end in ("lead", "member"))
    assert (two_sides(60, lead, member) is None) is mixed


def test_a_job_is_ended_at_its_limit() -> None:
    """A child that is not ended runs on and gives `done`."""
    tiny = Job(OURS.name, OURS.module, OURS.options, limit_s=0.05)
    assert measure(tiny)["outcome"] == "limit"


def test_a_job_is_ended_at_its_memory() -> None:
    """Importing NumPy alone takes more than 10 MiB."""
    assert measure(OURS, most_gib=0.01)["outcome"] == "memory"


def test_a_job_that_fails_says_why() -> None:
    """The sentence comes from the child; there is no traceback."""
    record = measure(Job("ours/none", OURS.module, {"schools": 5}, 60.0))
    assert record["outcome"] == "failed"
    assert "TypeError" in record["why"]


def test_a_process_that_dies_is_noticed() -> None:
    """Waited for, it would be `limit` after a minute."""
    record = measure(Job("ours/none", "tests.benchmarks.dying", {"code": 7}, 60.0))
    assert (record["outcome"], record["why"]) == ("failed", "the process ended with code 7")


def test_what_a_job_needs_comes_first() -> None:
    """A plain solver needs the values that ours proved."""
    names = [job.name for job in selected(["scip/town"], full=False)]
    assert names == ["ours/town@0.01%", "scip/town"]


def test_every_job_has_its_module_and_its_need() -> None:
    """Names are unique, and what is needed is run earlier, in both sizes."""
    for full in (False, True):
        seen: list[str] = []
        for job in jobs(full=full):
            assert job.name not in seen
            assert not job.needs or job.needs in seen
            seen.append(job.name)


def test_the_small_run_has_no_city() -> None:
    """`make bench` takes minutes."""
    small = [job.name for job in jobs(full=False)]
    assert not any("city" in name or "timefold" in name for name in small)
    assert any("ours/district" in name for name in small)


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The command says how to see the names."""
    with pytest.raises(SystemExit):
        main(["--only", "gurobi"])
    assert "--list" in capsys.readouterr().err


def test_the_list_names_jobs_and_runs_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written."""
    main(["--list", "--results", str(tmp_path)])
    assert "five-stage/dense" in capsys.readouterr().out.splitlines()
    assert not list(tmp_path.iterdir())
