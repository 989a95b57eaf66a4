"""A newsletter and syndication publisher: sources, items, stories, issue, edition, messages and feeds."""

__version__ = "0.1.0"
