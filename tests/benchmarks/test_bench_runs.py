"""Jobs run in processes of their own, from the command as typed to the tables and the records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.child import measure
from benchmarks.jobs import Job, jobs, selected

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
    """Pairs before their peer, hubs proven; without a proof or with a broken rule the rows would say so."""
    schools = {"schools": 60, "seed": 1}
    pairs = measure(
        Job("pairs/60", "benchmarks.alliances", {"form": "pairs", "neighbours": 5, **schools}, 60.0)
    )
    peer = Job("networkx/60", "benchmarks.peers.networkx_pairs", {"neighbours": 5, **schools}, 60.0)
    other = measure(peer, pairs)
    assert (pairs["outcome"], other["outcome"], other["same"]) == ("done", "done", True)
    assert (other["edges"], other["weight"]) == (pairs["edges"], pairs["weight"])
    main(["--only", "hubs/1250", "--only", "groups/134", "--results", str(tmp_path)])
    printed = capsys.readouterr().out
    for name in ("hubs/1250", "groups/134x27"):
        assert f"| {name} | optimal |" in printed
        assert f"| {name} | distance |" in printed
    assert "| groups, 134 schools, 27 leads | proven, 10 s |  | proven," in printed


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
