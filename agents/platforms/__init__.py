"""Companies: offer, reach, strategies and purse of a platform."""
