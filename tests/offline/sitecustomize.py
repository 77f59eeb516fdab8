"""Imported by every Python that finds this folder on PYTHONPATH: the children of the tests."""

import loopback

loopback.install()
