"""Uploaded files: the only writer of files in the portal."""
