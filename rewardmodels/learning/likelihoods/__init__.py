"""The probability of each kind of judgment, given utilities."""
