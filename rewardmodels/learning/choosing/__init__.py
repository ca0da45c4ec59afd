"""Which pairs to ask about: beliefs, rules, choosing one after the other, and what it would have saved."""
