"""One verb, one file: plan, ask, mark, rank, and what the other words of the command line do."""
