"""How the page starts: from the snapshot, with nothing fetched that a first reading does not need."""

from tests.page.helpers import wait_until_read, without_snapshots
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
