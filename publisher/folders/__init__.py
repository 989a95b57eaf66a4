"""What lies on disk: issue files in content/, feeds and archive in feeds/."""
