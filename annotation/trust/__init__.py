"""Who may be trusted with work: marks on known answers, pauses, tests, work that is set aside."""
