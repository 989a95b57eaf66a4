"""What comes back: bounces, complaints, automatic answers and wishes to leave, read and judged. It sends nothing."""
