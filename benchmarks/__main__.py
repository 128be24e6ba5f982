"""`python -m benchmarks [--full]`: plan generated districts, ours and the textbook model in one run."""

from __future__ import annotations

import argparse
import resource
import time

from allocator.domain.district import District
from allocator.domain.policy import Policy
from allocator.domain.run import Limits
from allocator.engine import rotate
from allocator.generation import generate
from allocator.io.policies import load_policy
from allocator.rotation.facts import facts
from benchmarks.peers import textbook

CASES = {"town": 20, "county": 60, "district": 250, "city": 1200}
PEER_LIMIT_S = {"town": 60.0, "county": 120.0, "district": 300.0}


def main() -> None:
    """Measure the small cases, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="also the city, and the peer at the district")
    full = parser.parse_args().full
    policy = load_policy("national-2017")
    print("| case | schools | teachers | level | value | bound | gap | ours, s | textbook CP-SAT to 0.1 %, s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, schools in CASES.items():
        if name == "city" and not full:
            continue
        district = generate(schools, seed=1)
        peer = name in PEER_LIMIT_S and (full or name != "district")
        _case(name, district, policy, peer=peer)


def _case(name: str, district: District, policy: Policy, *, peer: bool) -> None:
    began = time.monotonic()
    decision = rotate(district, policy, limits=Limits())
    total = time.monotonic() - began
    month = decision.run.as_of
    other = {}
    if peer:
        measured = textbook.solve(facts(decision.district, policy, month), 1e-3, PEER_LIMIT_S[name])
        other = {t.name: "none" if t.seconds is None else f"{t.seconds:.1f}" for t in measured}
    head = f"| {name} | {len(district.schools)} | {len(district.teachers)} |"
    for level in decision.levels:
        gap = "–" if level.gap is None else f"{level.gap:.4%}"
        print(
            f"{head} {level.name} | {level.value:.6g} | {level.bound:.6g} | {gap} | {level.seconds:.2f} |"
            f" {other.get(level.name, '–')} |"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{head} all | | | {decision.status} | {total:.2f} | peak {peak:.0f} MiB |", flush=True)


if __name__ == "__main__":
    main()
