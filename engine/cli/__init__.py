"""Faces on the terminal: the `formwork` command, one file per verb."""
