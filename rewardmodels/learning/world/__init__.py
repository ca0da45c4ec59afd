"""The text world: a small language of a service desk whose true utility is known. Everything in it is simulated."""
