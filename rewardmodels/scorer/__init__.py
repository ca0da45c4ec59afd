"""One resident process that keeps approved models in memory."""
