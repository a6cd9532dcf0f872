"""What is counted in a text: digits, and those behind the last point."""

import pytest

from readout.layout.number_text import count_decimals, count_digits


@pytest.mark.parametrize(
    ("text", "points", "digits", "decimals"),
    [
        ("", ".,", 0, None),
        ("1024", ".,", 4, None),
        ("12.5", ".,", 3, 1),
        ("12.", ".,", 2, 0),
        ("-1,234.50", ".,", 6, 2),
        ("12.5%", ".,", 3, 1),
        ("1:23", ".,", 3, None),
        ("1:23", ".,:", 3, 2),
        ("12,5", ".", 3, None),
    ],
)
def test_digits_and_decimals(text, points, digits, decimals):
    assert count_digits(text) == digits
    assert count_decimals(text, points) == decimals
