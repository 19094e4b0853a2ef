"""Administrative procedures (thủ tục hành chính, TTHC): catalogue and results."""
