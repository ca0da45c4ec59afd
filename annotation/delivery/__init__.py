"""Exports that are brought to where a workspace keeps its data: a folder of the machine, or a store that speaks S3."""
