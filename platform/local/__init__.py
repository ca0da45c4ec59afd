"""Embedded servers and starting up: plain Python that runs before any Django settings exist."""
