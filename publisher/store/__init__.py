"""The database: items, editions, subscribers and the ledger, through SQLAlchemy Core."""
