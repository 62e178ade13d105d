"""What goes in: facts, assumptions, targets, short names, size."""
