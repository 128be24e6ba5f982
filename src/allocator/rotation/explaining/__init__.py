"""Questions to the rotation model: what forbids a move, what a decision costs, who else could go."""
