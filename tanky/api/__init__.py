"""The same figures as JSON, for other programs: read only, open to every origin."""
