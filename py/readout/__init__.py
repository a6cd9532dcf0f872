"""Readout reads the numbers shown in video frames.

The modules, in the order the data flows: images, layout, crops, dataset, backbone, head, reader,
metrics, evaluation, cli. `web` is the one module that knows Pyodide.
"""

__version__ = "0.1.0"
