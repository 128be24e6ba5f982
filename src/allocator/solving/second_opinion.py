"""A second, differently made proof that a model has no solution: CP-SAT on the same rows.

No solver's word is final; "infeasible" is only said when HiGHS and CP-SAT both prove it. To CP-SAT's rows one
is added that follows from them (`certificate`): it often shows at once what a search takes long to find.
"""

from __future__ import annotations

import numpy as np
from ortools.sat.python import cp_model

from allocator.domain.run import Limits, StopSignal
from allocator.errors import InternalError
from allocator.solving.certificate import combined_row
from allocator.solving.model import LinearModel


def proves_infeasible(model: LinearModel, limits: Limits, stop: StopSignal, most_seconds: float = 60.0) -> bool:
    """Whether CP-SAT proves that no whole-number values obey all rows.

    All coefficients and finite row limits must be whole numbers, as those of the hard rules are; columns that
    are not marked integer are whole in every solution of interest and are treated as such.

    Raises
    ------
    InternalError
        If a coefficient is not a whole number.
    """
    values = model.matrix.value
    if np.abs(values - np.round(values)).max(initial=0.0) > 0:
        raise InternalError("not_whole")
    program = cp_model.CpModel()
    columns = [
        program.new_int_var(int(np.ceil(a)), int(np.floor(b)), "")
        for a, b in zip(model.lower, model.upper, strict=True)
    ]
    start = model.matrix.start
    for i in range(model.rows):
        span = slice(start[i], start[i + 1])
        terms = cp_model.LinearExpr.weighted_sum(
            [columns[j] for j in model.matrix.index[span]], [int(v) for v in values[span]]
        )
        least, most = model.row_lower[i], model.row_upper[i]
        domain = cp_model.Domain(
            int(np.ceil(least)) if np.isfinite(least) else -(2**60),
            int(np.floor(most)) if np.isfinite(most) else 2**60,
        )
        program.add_linear_expression_in_domain(terms, domain)
    certain = combined_row(model, limits, stop)
    if certain is not None:
        terms = cp_model.LinearExpr.weighted_sum(
            [columns[j] for j in certain.columns], [int(v) for v in certain.values]
        )
        program.add(terms >= certain.least)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = max(1, limits.workers)
    solver.parameters.random_seed = limits.seed % 2**31
    solver.parameters.max_time_in_seconds = min(most_seconds, max(1.0, stop.remaining))
    return bool(solver.solve(program) == cp_model.INFEASIBLE)
