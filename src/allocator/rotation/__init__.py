"""Rotation: which teachers move to which schools. The formulation is `models/rotation.md`."""
