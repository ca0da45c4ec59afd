"""Disputed tasks, and the reviewer's answers that settle them, beside the votes."""
