"""Where runs are done: executors, workers, and what is sent to them."""
