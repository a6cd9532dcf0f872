"""How the page starts: from the snapshot, with nothing fetched that a first reading does not need."""

from tests.page.helpers import wait_until_read, without_snapshots
from tooling.manifest import DEFAULT_MODEL

STARTED = "() => performance.getEntriesByName('readout:python')[0].detail"


def fetched(page, site):
    """Collects what is asked for from now on, as paths below the site's root."""
    names = []
    page.context.on("request", lambda request: names.append(request.url.removeprefix(site).split("?")[0]))
    return names


def test_python_starts_from_the_snapshot_and_fetches_no_package(page, site):
    names = fetched(page, site)
    page.goto(site)
    page.get_by_text("loaded and started in").wait_for()
    started = page.evaluate(STARTED)
    assert (started["from"], started["why"]) == ("snapshot", "")
    assert not [name for name in names if name.startswith(("pyodide/numpy", "pyodide/micropip", "py/"))]
    models = {name for name in names if name.startswith("models/")}
    assert models == {f"models/{DEFAULT_MODEL}.onnx", f"models/{DEFAULT_MODEL}.json", f"models/{DEFAULT_MODEL}.npz"}


def test_every_part_is_fetched_once(page, site):
    names = fetched(page, site)
    page.goto(f"{site}?sets=1")
    wait_until_read(page, 1)
    large = [name for name in names if name.endswith((".wasm", ".snapshot", ".onnx", ".zip", ".whl"))]
    assert sorted(large) == sorted(set(large))


def test_where_the_snapshot_does_not_work_python_boots_and_reads_the_same(page, site):
    texts = []
    for broken in (False, True):
        if broken:
            page.context.route("**/workers/python.js*", without_snapshots)
        page.goto(f"{site}?sets=1")
        wait_until_read(page, 1)
        texts.append(page.locator("button.frame").all_inner_texts())
        started = page.evaluate(STARTED)
        assert started["from"] == ("boot" if broken else "snapshot")
        assert ("DecompressionStream" in started["why"]) == broken
    assert texts[0] == texts[1]
