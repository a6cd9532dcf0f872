"""The table of styles: a name, and the function that draws one display of that style by lot."""

from . import instrument_styles as instruments
from . import text_styles as texts

STYLES = {
    "overlay sans": texts.overlay_sans,
    "overlay serif": texts.overlay_serif,
    "overlay mono": texts.overlay_mono,
    "outlined": texts.outlined,
    "shadowed": texts.shadowed,
    "LED 7-segment": instruments.led_seven_segment,
    "LCD 7-segment": instruments.lcd_seven_segment,
    "14-segment": instruments.fourteen_segment,
    "dot matrix": instruments.dot_matrix,
    "rolling counter": instruments.rolling_counter,
    "thermal viewer": texts.thermal_viewer,
    "scoreboard": texts.scoreboard,
    "gauge at an angle": instruments.gauge_at_an_angle,
    "low contrast": texts.low_contrast,
    "analogue video": texts.analogue_video,
    "tiny": texts.tiny,
}
