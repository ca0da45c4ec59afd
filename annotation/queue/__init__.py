"""Who gets what next, and what becomes of it: leases, answers, places that come back."""
