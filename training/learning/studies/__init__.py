"""How far a proxy can be trusted: studies on the text world, whose truth is known."""
