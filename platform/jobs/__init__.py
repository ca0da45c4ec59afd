"""Long work: claimed once, supervised, measured, resumed."""
