"""News on the desk: articles, their categories, and texts that come from elsewhere."""

# The views register themselves on the sections' blueprints.
from . import articles, categories, word  # noqa: F401
from .section import ARTICLES, CATEGORIES

__all__ = ["ARTICLES", "CATEGORIES"]
