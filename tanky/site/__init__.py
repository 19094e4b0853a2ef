"""The site itself: its identity, home page, search across the features."""
