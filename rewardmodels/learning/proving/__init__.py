"""How far a proxy can be pushed before what it stands for falls: best-of-n curves, their peaks, and fits."""
