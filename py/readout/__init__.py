"""Readout reads the numbers shown in video frames.

The modules, in the order the data flows: images, layout, crops, dataset, backbone, head, reader,
metrics, evaluation, and then cli for the terminal, session and web for the page.
"""

__version__ = "0.1.0"
