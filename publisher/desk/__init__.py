"""The editors' local page: the issue as it will be sent, reloaded when a file is saved."""
