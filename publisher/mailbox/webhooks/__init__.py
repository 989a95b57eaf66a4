"""What providers tell over HTTP of letters that they carried: proven to be theirs, then read. It serves no address."""
