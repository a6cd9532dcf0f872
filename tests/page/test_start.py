"""How the page starts: from the snapshot, with nothing fetched that a first reading does not need."""

import re

from playwright.sync_api import expect

from tests.page.helpers import ROOT, TRUTHS, wait_until_read, without_snapshots
from tests.page.placing import Place
from tooling.manifest import DEFAULT_MODEL

STARTED = "() => performance.getEntriesByName('readout:python')[0].detail"


def fetched(page, site):
    """Collects what is asked for from now on, as paths below the site's root."""
    names = []
    page.context.on("request", lambda request: names.append(request.url.removeprefix(site).split("?")[0]))
    return names


def test_python_starts_from_the_snapshot_and_every_part_is_fetched_once_and_no_package(page, site):
    names = fetched(page, site)
    page.goto(f"{site}?sets=1")
    page.get_by_text("loaded and started in").wait_for()
    started = page.evaluate(STARTED)
    assert (started["from"], started["why"]) == ("snapshot", "")
    assert not [name for name in names if name.startswith(("pyodide/numpy", "pyodide/micropip", "py/"))]
    models = {name for name in names if name.startswith("models/")}
    assert models == {f"models/{DEFAULT_MODEL}.onnx", f"models/{DEFAULT_MODEL}.json", f"models/{DEFAULT_MODEL}.npz"}
    wait_until_read(page, 1)
    large = [name for name in names if name.endswith((".wasm", ".snapshot", ".onnx", ".zip", ".whl"))]
    assert sorted(large) == sorted(set(large))

    texts = page.locator("button.frame").all_inner_texts()  # and where the snapshot does not work, it reads the same
    page.context.route("**/workers/python.js*", without_snapshots)
    page.goto(f"{site}?sets=1")
    wait_until_read(page, 1)
    started = page.evaluate(STARTED)
    assert started["from"] == "boot" and "DecompressionStream" in started["why"]
    assert (
        page.locator("button.frame").all_inner_texts() == texts
    )  # where the snapshot does not work, it reads the same


def test_a_window_that_is_drawn_before_python_is_there_is_kept_and_read_as_soon_as_it_is(page, site):
    held, frames = [], sorted((ROOT / "data" / "frames").glob("*.png"))[:3]
    page.context.route("**/pyodide.asm.wasm*", lambda route: held.append(route))
    page.goto(site)
    views, place = page.locator(".views"), Place(page)
    views.get_by_role("button", name="Frames", exact=True).click()
    page.locator("input[type=file][multiple]").first.set_input_files(frames)
    expect(page.locator(".frames-line strong")).to_have_text("3 frames")
    views.get_by_role("button", name="Mark", exact=True).click()
    place.draw(918, 31, 961, 53, window=True)  # clear of the scale beside the number
    page.keyboard.press("Enter")
    expect(page.locator(".overlay .box")).to_have_count(1)
    expect(page.locator(".work.busy")).to_contain_text(re.compile("Looking at the files|Getting ready"))
    for route in held:
        route.continue_()
    page.context.unroute_all()
    expect(place.reading()).to_have_text(TRUTHS[frames[0].name])
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    expect(page.locator(".overlay .box")).to_have_count(1)
    expect(page.locator(".notice.error")).to_have_count(0)
