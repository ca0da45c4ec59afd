"""Thresholds searched within one run: asked for, carried out by a job, told while it goes."""
