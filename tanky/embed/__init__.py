"""Widgets for other sites: the one place that may be framed."""
