"""Faults of an edition as values."""
