"""What people make can be deleted, brought back for some days, and then goes for good: one rule for all of it."""
