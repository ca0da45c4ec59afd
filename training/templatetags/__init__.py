"""Words about runs in templates."""
