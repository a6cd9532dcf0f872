"""What is said of clips in the page and on the command line, behind a clip's name or "it": {} stands for a number."""

CUT_OFF = "is cut off: what there is of it is read, copy it again to have the rest"
ENDS_INSIDE = "ends inside a packet of sound or other data: no picture is cut off"
TRACKS = "has {} picture tracks, and the one that players show is read: take another out with ffmpeg -map 0:v:1"
CLOCK_ANEW = "the clock begins anew after {} s: times go on"
NO_PICTURES = "there are no pictures for {} s after {} s, by its clock"
NO_PICTURES_AGAIN = ", and {} more times for over {} s"
DROPPED = (
    "pictures were dropped when it was made, and the others are stored in another order than they are shown in: beside "
    "a gap, a picture may have the time of the one before or behind it"
)
LONG_GAP = 60
"""Seconds without a picture that are said, as where recordings were joined."""
UNEVEN = 1.5
"""Two pictures lie so many times as far apart as others do, at least, where pictures between them were dropped."""
