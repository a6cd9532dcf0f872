"""`python -m readout`."""

import sys

from .cli.main import main

sys.exit(main())
