"""Whether a reward model still says what people say: its forecast beside their verdict, and the flag."""
