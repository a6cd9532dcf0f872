"""What heads read: single readings, and columns of many.

In the order the data flows. One frame: reading (of boxes, and the flags of all), notation (from a text to its value)
and notation_evidence (what is guessed of it); of windows line, drums, spacing, unread_ink and line_decoder. Many
frames: observations keeps what was seen, column and line_column are what is read in it (dictionary_array keeps equal
rows once), recognizer has the backbones of both. What readings say of each other: cross_check (a window around
boxes), orientation (numbers that are clearer upside down), end_letters (a unit's letter that is read as a digit),
states, shared_evidence, unit_changes, own_account (what is likely to be wrong), comparison (of frames) and neighbours
(through which columns have it), second_look (live), conditions (a readout that is shown while another shows
something). Where numbers are, before there is a layout: glance (a strip), number_spotter (one frame), number_near (a
click), number_window (the window around one), window_fit (a drawn window), number_finder (a clip) with its suggestion
and naming, place_again (the next clip).
"""

from .reading import Reader, Reading

__all__ = ["Reader", "Reading"]
