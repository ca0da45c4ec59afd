"""What a person chooses about a reward model: a dataclass for each kind."""
