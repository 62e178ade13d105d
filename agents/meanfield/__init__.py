"""The market without its graph and without chance: representative people, lived in expectation."""
