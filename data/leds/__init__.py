"""A board of LEDs of which one row is dead: the lesson's second display; see README.md."""
