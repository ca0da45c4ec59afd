"""One-shot alignment under constraints: the multipliers are found first, and training then knows no constraint."""
