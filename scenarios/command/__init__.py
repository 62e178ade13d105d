"""The command line: one file a command, options declared once, what the terminal shows."""
