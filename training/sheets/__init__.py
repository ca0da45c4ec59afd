"""The form of a new run as it stands: what is chosen, what each reward model's part is, what a look has shown."""
