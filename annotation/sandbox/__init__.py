"""Trying the page of a project: everything is checked as it would be, and nothing is written."""
