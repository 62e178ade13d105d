"""Everybody: the population, single users as live views, and what is counted of them."""
