"""The edition and the feeds from an issue; pure, given a Jinja environment."""
