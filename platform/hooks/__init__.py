"""Telling other programs what happened: signed calls, tried again until they are taken."""
