"""Thresholds found from runs that went too far: a surface through what their looks measured, and its highest place."""
