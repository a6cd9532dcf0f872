"""Displays made of text: overlays, scoreboards, viewers, analogue video. Each function draws one by lot."""

from .display import Display
from .fonts import FAMILIES, FontFace
from .lot import DARK, LIGHT, Lot
from .paint import Paint
from .spoil import Spoil

PATTERNS = ("##.##", "###.#", "-##.##", "##:##", "#:##:##", "##/##", "####", "##-##", "#####", "##.#/##")


def text_scale(lot: Lot, height: float) -> int:
    """Strip pixels per frame pixel: 1, hinted, in a quarter of the displays, else finer for small digits."""
    if lot.chance(0.25):
        return 1
    return 4 if height <= 20 else 3 if height <= 32 else 2


def fine_place(lot: Lot) -> tuple[float, float]:
    """Where in a pixel the text starts."""
    return lot.between(0, 1), lot.between(0, 1)


def box_pads(lot: Lot, side: float = 0.22, above: float = 0.2, least: float = -0.02) -> tuple[float, ...]:
    """From a shade too tight to loose."""
    return tuple(lot.between(least, most) for most in (side, above, side, above))


def text_display(lot: Lot, family: str, height: float, paint: Paint, scenery, spoil: Spoil, **settings) -> Display:
    """A display in one font of a family, with the settings that every text display draws by lot."""
    stem, scale = lot.pick(FAMILIES[family]), settings.pop("scale", None) or text_scale(lot, height)
    aliased = settings.pop("aliased", False)
    settings = {"tracking": lot.between(0, 0.08), "pads": box_pads(lot), "wobble": 0.02 * height, **settings}
    return Display(
        lambda pixels: FontFace(stem, pixels, aliased),
        settings.pop("pattern", None) or lot.pick(PATTERNS),
        height,
        paint,
        scenery,
        spoil,
        rng=lot.rng,
        scale=scale,
        at=fine_place(lot),
        **settings,
    )


def video(lot: Lot, height: float) -> Spoil:
    """Ordinary compressed video."""
    return Spoil(
        blur=lot.between(0, 0.03) * height if lot.chance(0.6) else 0,
        gamma=lot.size(0.8, 1.25),
        noise=lot.between(0, 5),
        coarse=lot.between(0, 0.8),
        jpeg=(lot.whole(40, 90),),
    )


def ink_and_ground(lot: Lot):
    """Colours that differ in brightness: ink, and a background from photographs or gradients."""
    if lot.chance(0.65):
        ink, low, high = lot.near(lot.pick(LIGHT)), lot.between(0, 0.1), lot.between(0.3, 0.5)
    else:
        ink, low, high = lot.near(lot.pick(DARK)), lot.between(0.55, 0.7), lot.between(0.85, 1)
    if lot.chance(0.7):
        return ink, lot.photograph(low, high)
    return ink, lot.gradient((low,) * 3, lot.near((high,) * 3, 0.15))


def _overlay(family):
    def display(lot: Lot) -> Display:
        height = lot.size(11, 44)
        ink, ground = ink_and_ground(lot)
        return text_display(lot, family, height, Paint(ink, lot.between(0.85, 1)), ground, video(lot, height))

    return display


overlay_sans, overlay_serif, overlay_mono = map(_overlay, ("sans", "serif", "mono"))


def outlined(lot: Lot) -> Display:
    """Characters with a stroke around them on photographs that may be as bright as they are."""
    height = lot.size(14, 48)
    light = lot.chance(0.8)
    ink = lot.near(lot.pick(LIGHT if light else DARK))
    paint = Paint(ink, edge=lot.near((0, 0, 0) if light else (1, 1, 1), 0.1))
    low, high = (0, lot.between(0.7, 1)) if light else (0.2, 1)
    return text_display(
        lot,
        lot.pick(("sans", "condensed")),
        height,
        paint,
        lot.photograph(low, high),
        video(lot, height),
        stroke=max(0.6, height * lot.between(0.04, 0.09)),
        tracking=lot.between(0.06, 0.14),
        scale=4 if height <= 20 else 2,
    )


def shadowed(lot: Lot) -> Display:
    """Light characters that throw a shadow."""
    height = lot.size(12, 48)
    reach = height * lot.between(0.04, 0.09)
    paint = Paint(
        lot.near(lot.pick(LIGHT)),
        shadow=lot.between(0.6, 0.95),
        shadow_at=(reach, reach * lot.between(0.5, 1.2)),
        shadow_blur=reach * lot.between(0, 0.7),
    )
    return text_display(
        lot,
        lot.pick(("sans", "serif", "condensed")),
        height,
        paint,
        lot.photograph(0, lot.between(0.5, 0.7)),
        video(lot, height),
        tracking=lot.between(0.04, 0.12),
        scale=4 if height <= 20 else 2,
    )


def thermal_viewer(lot: Lot) -> Display:
    """Digits of eight by ten pixels that bleed into each other, on dark glass over a scene."""
    height = lot.between(7.5, 9)
    spoil = Spoil(
        blur=lot.between(0.35, 0.6), noise=lot.between(1, 4), jpeg=(lot.whole(65, 92),), gamma=lot.size(0.85, 1.2)
    )
    return text_display(
        lot,
        "plain",
        height,
        Paint(lot.near((0.95, 0.95, 0.95), 0.05)),
        lot.photograph(0, lot.between(0.15, 0.4)),
        spoil,
        pattern=lot.pick(("##.##", "##.#", "-##.#", "###.#")),
        tracking=lot.between(-0.03, 0.06),
        wobble=0.4,
        shake=0.25,
        pads=(lot.between(0.1, 0.35), lot.between(0.05, 0.2), lot.between(0.1, 0.35), lot.between(0.05, 0.2)),
    )


def scoreboard(lot: Lot) -> Display:
    """A game clock or score in condensed bold type on a coloured plate, compressed twice."""
    height = lot.size(14, 46)
    dark = lot.near(lot.pick(((0.02, 0.05, 0.2), (0.3, 0, 0.03), (0, 0.2, 0.1), (0.05, 0.05, 0.05))))
    pale = lot.near(lot.pick(((1, 1, 1), (1, 0.9, 0.2), (0.9, 0.95, 1))))
    ink, plate = (pale, dark) if lot.chance(0.7) else (dark, pale)
    ground = lot.gradient(plate, plate) if lot.chance(0.5) else lot.plain(plate)
    spoil = Spoil(
        blur=lot.between(0, 0.025) * height,
        noise=lot.between(0, 4),
        gamma=lot.size(0.85, 1.2),
        rescale=(lot.between(0.6, 1),) * 2,
        jpeg=(lot.whole(30, 70), lot.whole(35, 80)),
    )
    return text_display(
        lot,
        "condensed",
        height,
        Paint(ink),
        ground,
        spoil,
        pattern=lot.pick(("##:##", "#:##", "##-##", "###:##", "##")),
        tracking=lot.between(0, 0.06),
    )


def low_contrast(lot: Lot) -> Display:
    """Barely visible characters in sensor noise."""
    height = lot.size(18, 52)
    contrast = lot.between(0.09, 0.16)
    ink, ground = ((1, 1, 1), (0, 0, 0)) if lot.chance(0.5) else ((0, 0, 0), (1, 1, 1))
    spoil = Spoil(
        contrast=contrast,
        lift=lot.between(0.1, 0.75),
        blur=lot.between(0.01, 0.03) * height,
        noise=contrast * 255 * lot.between(0.1, 0.22),
        coarse=lot.between(0, 0.5),
        jpeg=(lot.whole(75, 92),) if lot.chance(0.5) else (),
        subsampled=False,
    )
    return text_display(
        lot,
        lot.pick(("sans", "serif", "mono")),
        height,
        Paint(ink),
        lot.plain(ground),
        spoil,
        pads=box_pads(lot, 0.18, 0.15),
    )


def analogue_video(lot: Lot) -> Display:
    """A caption on interlaced tape: half the lines displaced, little bandwidth, echoes at edges."""
    height = lot.size(16, 40)
    ink = lot.near(lot.pick(((1, 1, 1), (0.95, 0.95, 0.3), (0.4, 1, 0.5))))
    spoil = Spoil(
        rescale=(lot.between(0.45, 0.75), lot.between(0.7, 1)),
        ringing=lot.between(0.2, 0.6),
        comb=0.035 * height,
        noise=lot.between(3, 9),
        coarse=lot.between(0.3, 0.9),
        jpeg=(lot.whole(55, 85),),
        gamma=lot.size(0.85, 1.2),
    )
    return text_display(
        lot,
        lot.pick(("sans", "mono", "condensed")),
        height,
        Paint(ink),
        lot.photograph(0.02, lot.between(0.3, 0.5)),
        spoil,
        tracking=lot.between(0.02, 0.1),
        shake=0.3,
    )


def tiny(lot: Lot) -> Display:
    """Characters six to eight pixels high, hinted or not, some without grey at the edges."""
    height, scale = lot.between(6, 8.2), 1 if lot.chance(0.5) else 4
    aliased = scale == 1 and lot.chance(0.4)
    height = float(round(height + 0.3)) if scale == 1 else height
    ink, low, high = ((1, 1, 1), 0, 0.3) if lot.chance(0.6) else ((0.05, 0.05, 0.05), 0.75, 1)
    ground = lot.photograph(low, high) if lot.chance(0.5) else lot.plain((low + 0.05,) * 3)
    spoil = Spoil(
        noise=lot.between(0, 4), jpeg=(lot.whole(75, 95),) if lot.chance(0.6) else (), subsampled=lot.chance(0.5)
    )
    return text_display(
        lot,
        "plain",
        height,
        Paint(lot.near(ink, 0.05)),
        ground,
        spoil,
        scale=scale,
        aliased=aliased,
        tracking=lot.between(0.08, 0.16),
        pads=box_pads(lot, 0.3, 0.2),
        wobble=0.25,
    )
