"""A project that is open in the page.

First calls (what the page may call), workbench and open_project. A project's parts: editor, frame_store with
patch_cache, example_store, learner and line_learner, observation_store, repairs, exports. Clips: chunk_store; cameras:
live and last_seen. What is offered to a person: box_finder, number_search, view_finder, labelling, offers. The demo,
and classes of pictures, are demo and picture_classes.
"""

from .calls import find
from .workbench import Workbench

__all__ = ["Workbench", "find"]
