"""Fetching and reading sources: one adapter per format, none of them decides."""
