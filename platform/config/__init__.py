"""The installation: settings, addresses, entry points. Nobody imports it."""
