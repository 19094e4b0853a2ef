"""Notices and warnings (thông báo, cảnh báo): graded, from one second to another, on every page."""
