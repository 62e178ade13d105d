"""Questions put to the market, and their answers with bands."""
