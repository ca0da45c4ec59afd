"""Kinds of work that only tests know: they end in every way that work can end."""
