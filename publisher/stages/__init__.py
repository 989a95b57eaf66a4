"""The order of work, written over protocols only: collect, draft, approve, publish, send."""
