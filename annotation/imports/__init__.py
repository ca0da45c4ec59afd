"""Bringing in: files of prompts, answers and labels, line by line, in bounded memory."""
