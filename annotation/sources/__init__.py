"""Which of the models that answered is better, by order and in money, as judgments say it."""
