"""What a person chooses about a run: components, bounds, KL, and an algorithm with its settings."""
