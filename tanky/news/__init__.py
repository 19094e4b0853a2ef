"""News: categories and articles."""
