"""What a district, a policy and a plan are: no solver, no pandas, no files."""
