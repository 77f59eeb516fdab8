"""The reader: a small network that judges whether a passage answers a question, and where.

Not to be confused with ``tacrochat.readers``, which read files.
"""
