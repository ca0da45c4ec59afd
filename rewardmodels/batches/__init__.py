"""Scoring many answers at once: of a file, of a snapshot, of a project."""
