"""Who sends a request: logins with sessions, tokens, and names that a proxy states."""
