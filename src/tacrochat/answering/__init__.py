"""From ranked passages to an answer: quotes, framing, follow-ups."""
