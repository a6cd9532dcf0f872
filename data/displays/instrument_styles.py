"""Displays of instruments: segments, dots, wheels, dials. Each function draws one by lot."""

from .display import Display
from .dots import DotFace
from .drum import DrumFace
from .fonts import FAMILIES, FontFace
from .lot import DARK, Lot
from .paint import Paint
from .spoil import Spoil
from .text_styles import PATTERNS, box_pads, fine_place, text_display
from .view import View

GLOWING = ((1, 0.15, 0.1), (1, 0.35, 0.1), (0.2, 1, 0.35), (0.3, 0.8, 1), (1, 0.75, 0.15), (0.95, 0.97, 1))
SEGMENT_PATTERNS = ("##.##", "###.#", "##:##", "####", "#.###", "-##.#", "##:##:##")


def camera(lot: Lot, height: float, blur: float = 0.035, rescale: float = 0.7) -> Spoil:
    """A hand-held camera; `blur`, as a share of the height, and `rescale` are the worst that occur."""
    return Spoil(
        blur=lot.between(0.01, blur) * height,
        gamma=lot.size(0.8, 1.25),
        noise=lot.between(1, 7),
        coarse=lot.between(0, 0.8),
        jpeg=(lot.whole(45, 90),),
        rescale=(lot.between(rescale, 1),) * 2,
    )


def _segments(lot, family, height, paint, scenery, **settings):
    stem = lot.pick(FAMILIES[family])
    settings = {
        "pads": box_pads(lot, 0.15, 0.15, 0.03),
        "wobble": 0.02 * height,
        "tracking": lot.between(0.02, 0.12),
        "pattern": lot.pick(SEGMENT_PATTERNS),
        "spoil": camera(lot, height),
        **settings,
    }
    return Display(
        lambda pixels: FontFace(stem, pixels),
        settings.pop("pattern"),
        height,
        paint,
        scenery,
        settings.pop("spoil"),
        rng=lot.rng,
        scale=4 if height <= 20 else 2,
        at=fine_place(lot),
        **settings,
    )


def _light_emitting(lot, height):
    colour = lot.near(lot.pick(GLOWING), 0.05)
    body = lot.near((0.04, 0.03, 0.03), 0.03)
    return body, Paint(
        colour,
        lot.between(0.85, 1),
        unlit=tuple(0.5 * v for v in colour),
        unlit_opacity=lot.between(0, 0.22),
        glow=lot.between(0, 0.6),
        glow_blur=height * lot.between(0.05, 0.14),
    )


def led_seven_segment(lot: Lot) -> Display:
    """Red, green or blue light, a halo, dark segments that can be seen."""
    height = lot.size(12, 58)
    body, paint = _light_emitting(lot, height)
    ground = lot.plain(body) if lot.chance(0.6) else lot.photograph(0, 0.15, moving=False)
    return _segments(lot, "seven", height, paint, ground)


def lcd_seven_segment(lot: Lot) -> Display:
    """Grey on greenish grey, with the shadow on the mirror behind and the ghosts of segments."""
    height = lot.size(16, 58)
    ground = lot.near(lot.pick(((0.62, 0.68, 0.58), (0.7, 0.72, 0.7), (0.5, 0.6, 0.45), (0.45, 0.6, 0.75))), 0.05)
    paint = Paint(
        lot.near((0.12, 0.14, 0.12), 0.05),
        lot.between(0.6, 0.9),
        unlit=(0.15, 0.17, 0.15),
        unlit_opacity=lot.between(0, 0.09),
        shadow=lot.between(0, 0.18),
        shadow_at=(height * lot.between(-0.05, 0.05), height * lot.between(0.01, 0.06)),
        shadow_blur=0.02 * height,
        uneven=lot.between(0, 0.3),
        light_angle=lot.between(0, 6.28),
    )
    return _segments(lot, "seven", height, paint, lot.plain(ground), spoil=camera(lot, height, 0.022, 0.8))


def fourteen_segment(lot: Lot) -> Display:
    """Fourteen segments, lit or of liquid crystal."""
    height = lot.size(14, 50)
    if lot.chance(0.6):
        body, paint = _light_emitting(lot, height)
    else:
        body = lot.near((0.62, 0.68, 0.58))
        paint = Paint(lot.near((0.1, 0.12, 0.1), 0.05), lot.between(0.6, 0.9), unlit_opacity=lot.between(0, 0.08))
    return _segments(lot, "fourteen", height, paint, lot.plain(body))


def dot_matrix(lot: Lot) -> Display:
    """Five by seven dots, round or square, the unlit ones visible."""
    height = lot.size(14, 56)
    if lot.chance(0.6):
        body, paint = _light_emitting(lot, height)
    else:
        body = lot.pick(((0.55, 0.68, 0.2), (0.75, 0.78, 0.72), (0.1, 0.2, 0.75)))
        ink = (0.92, 0.95, 1) if body[2] > 0.74 and body[0] < 0.2 else (0.08, 0.1, 0.06)
        paint = Paint(ink, lot.between(0.75, 0.95), unlit=ink, unlit_opacity=lot.between(0, 0.1))
    fill, gap, round_dots, slashed = lot.between(0.72, 0.98), lot.between(0.9, 1.4), lot.chance(0.5), lot.chance(0.5)
    return Display(
        lambda pixels: DotFace(pixels, fill, gap, round_dots, slashed),
        lot.pick(("##.##", "####", "##:##", "-##.#", "##/##")),
        height,
        paint,
        lot.plain(body),
        camera(lot, height),
        rng=lot.rng,
        scale=5 if height < 24 else 3,
        at=fine_place(lot),
        pads=box_pads(lot, 0.12, 0.12),
        wobble=0.02 * height,
    )


def rolling_counter(lot: Lot) -> Display:
    """The wheels of a meter; a digit may stand up to a quarter of its height too high or too low."""
    height = lot.size(13, 46)
    stem = lot.pick(FAMILIES["sans"] + FAMILIES["condensed"])
    pitch, window, wheel = lot.between(1.35, 1.7), lot.between(1.3, 1.65), lot.between(1.35, 1.9)
    ink, plate = (
        ((0.95, 0.95, 0.92), (0.06, 0.06, 0.06)) if lot.chance(0.7) else ((0.08, 0.08, 0.08), (0.88, 0.87, 0.82))
    )
    paint = Paint(
        lot.near(ink, 0.05), plate=lot.near(plate, 0.04), uneven=lot.between(0, 0.3), light_angle=lot.between(0, 6.28)
    )
    case = lot.plain(lot.pick(((0.5, 0.5, 0.5), (0.25, 0.25, 0.27), (0.75, 0.75, 0.72), (0.1, 0.1, 0.1))))
    return Display(
        lambda pixels: DrumFace(stem, pixels, pitch, window, wheel),
        lot.pick(("#####", "####", "######")),
        height,
        paint,
        case,
        camera(lot, height),
        rng=lot.rng,
        scale=4 if height <= 20 else 2,
        at=fine_place(lot),
        turn=0.25,
        pads=(lot.between(0.05, 0.2), lot.between(0.1, 0.3), lot.between(0.05, 0.2), lot.between(0.1, 0.3)),
        wobble=0.02 * height,
    )


def gauge_at_an_angle(lot: Lot) -> Display:
    """A panel photographed from the side in uneven light."""
    height = lot.size(18, 50)
    view = View(lot.between(-6, 6), (lot.between(-0.12, 0.12), lot.between(-0.3, 0.3)))
    dark = lot.chance(0.5)
    light = {"uneven": lot.between(0.2, 0.6), "light_angle": lot.between(0, 6.28)}
    if lot.chance(0.5):
        ink, panel = ((0.95, 0.95, 0.95), (0.15, 0.15, 0.17)) if dark else (lot.pick(DARK), (0.85, 0.85, 0.82))
        return text_display(
            lot,
            lot.pick(("sans", "condensed", "mono")),
            height,
            Paint(lot.near(ink, 0.04), **light),
            lot.plain(panel),
            camera(lot, height),
            pattern=lot.pick(PATTERNS),
            view=view,
            shake=0.5,
            scale=2,
            pads=box_pads(lot, 0.12, 0.12),
        )
    ink, panel = ((0.3, 1, 0.5), (0.03, 0.05, 0.03)) if dark else ((0.1, 0.12, 0.1), (0.62, 0.68, 0.58))
    return _segments(
        lot,
        "seven",
        height,
        Paint(lot.near(ink, 0.05), 0.95, unlit=ink, unlit_opacity=lot.between(0, 0.08), **light),
        lot.plain(panel),
        view=view,
        shake=0.5,
        pads=box_pads(lot, 0.08, 0.1, 0.02),
    )
