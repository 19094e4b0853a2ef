"""Signposts: where a thing is done that the commune does not do."""
