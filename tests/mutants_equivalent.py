"""Mutants that compute the same as the model, by name, each with its reason (`tests.mutants`)."""

EQUIVALENT: dict[str, str] = {}
