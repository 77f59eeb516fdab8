"""``python -m tacrochat``."""

import sys

from tacrochat.cli import main

sys.exit(main())
