"""How a project goes: figures that cost little however large it is, and what to do next."""
