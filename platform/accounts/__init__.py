"""People, workspaces, roles, annotator records and tokens."""
