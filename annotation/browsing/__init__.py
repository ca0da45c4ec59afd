"""Looking through what a project holds: tasks and judgments, quickly however many there are."""
