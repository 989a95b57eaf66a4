"""Mailboxes, opened and read: Maildir, IMAP, POP3. The room must not know what the messages are about."""
