"""Claims: which markets make one true, and what would have to differ least."""
