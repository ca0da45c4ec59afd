"""Collecting over the API."""
