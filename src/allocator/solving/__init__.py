"""The only place that calls a solver: arrays in; status, values, bound and duals out."""
