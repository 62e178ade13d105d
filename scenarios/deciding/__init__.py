"""Decisions: what is wanted, what policies come to in markets of a posterior, which one is best."""
