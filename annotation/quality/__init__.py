"""How far a project's judgments can be trusted: read, measured, kept, and asked for. See docs/design/quality.md."""
