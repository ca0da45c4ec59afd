"""Reward models over the API."""
