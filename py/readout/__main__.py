"""`python -m readout`."""

import sys

from .cli import main

sys.exit(main())
