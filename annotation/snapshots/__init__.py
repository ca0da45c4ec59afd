"""Frozen sets of judgments: made once, addressed by their content, read by learning and exported in many layouts."""
