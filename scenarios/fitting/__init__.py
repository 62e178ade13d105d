"""Fitting the market to what was published: what a run would have been reported as."""
