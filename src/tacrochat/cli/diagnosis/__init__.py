"""What ``tacrochat doctor`` looks at. No module needs what it checks: imports are made inside checks."""
