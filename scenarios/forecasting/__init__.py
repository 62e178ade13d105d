"""Forecasts: how they are written, what the simplest ones say, and how they are scored."""
