"""Somebody else's reward model, brought in: unpacked with care, opened, tried, and kept like our own."""
