"""One day: what one person decides and does, and how all do it fast."""
