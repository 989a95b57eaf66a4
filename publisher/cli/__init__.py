"""The command line: one file per command; the only place where an error becomes a sentence for a person."""
