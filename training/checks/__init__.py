"""What a run is checked by while it goes: rewards that it does not learn from, on prompts that it never learns from."""
