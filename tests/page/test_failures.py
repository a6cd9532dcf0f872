"""Whatever fails, one screen says what, why, and what to do."""

import pytest

from tests.page.helpers import CHROMIUM, PATIENCE_MS, wait_until_read, without_snapshots
from tests.page.scripts import Scripts

JS = Scripts("views.js")

HTML = "<!doctype html><title>Not found</title><p>Nothing here."


def missing(route):
    route.fulfill(status=404, content_type="text/plain", body="not found")


def web_page(route):
    route.fulfill(status=200, content_type="text/html", body=HTML)


def web_page_named_as_the_file(route):
    route.fulfill(status=200, content_type="application/octet-stream", body=HTML)


def truncated(route):
    response = route.fetch()
    body = response.body()
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    route.fulfill(status=200, headers=headers, body=body[: len(body) // 2])


def other_bytes(route):
    response = route.fetch()
    body = bytearray(response.body())
    body[len(body) // 2] ^= 1
    route.fulfill(response=response, body=bytes(body))


def unreachable(route):
    route.abort("connectionrefused")


CASES = [
    ("manifest.json", missing, "HTTP status 404"),
    ("manifest.json", web_page, "a web page came instead"),
    ("manifest.json", truncated, "not JSON"),
    ("workers/python.js", missing, "HTTP status 404"),
    ("workers/embedder.js", missing, "HTTP status 404"),
    ("workers/embedder.js", web_page, "a web page came instead"),
    ("pyodide/pyodide.mjs", missing, "HTTP status 404"),
    ("pyodide/pyodide.mjs", truncated, "bytes arrived"),
    ("pyodide/pyodide.asm.js", missing, "HTTP status 404"),
    ("pyodide/pyodide.asm.js", web_page, "a web page came instead"),
    ("pyodide/pyodide.asm.wasm", missing, "HTTP status 404"),
    ("pyodide/pyodide.asm.wasm", web_page, "a web page came instead"),
    ("pyodide/pyodide.asm.wasm", web_page_named_as_the_file, "a web page came instead"),
    ("pyodide/pyodide.asm.wasm", truncated, "bytes arrived"),
    ("pyodide/python.snapshot", missing, "HTTP status 404"),
    ("pyodide/python.snapshot", truncated, "bytes arrived"),
    ("pyodide/python.snapshot", other_bytes, "other bytes than expected"),
    ("pyodide/pyodide-lock.json", missing, "HTTP status 404"),
    ("models/glyphs.onnx", other_bytes, "other bytes than expected"),
    ("ort/ort-wasm-simd-threaded.wasm", missing, "HTTP status 404"),
    ("ort/ort-wasm-simd-threaded.wasm", web_page_named_as_the_file, "a web page came instead"),
    ("ort/ort-wasm-simd-threaded.wasm", truncated, "bytes arrived"),
    ("ort/ort-wasm-simd-threaded.wasm", unreachable, "no answer"),
    ("models/glyphs.onnx", truncated, "bytes arrived"),
    ("models/glyphs.json", missing, "HTTP status 404"),
    ("models/glyphs.npz", truncated, "bytes arrived"),
    ("data/demo.zip", missing, "HTTP status 404"),
    ("data/demo.zip", truncated, "bytes arrived"),
    ("data/frames/image-0003.png", missing, "HTTP status 404"),
]

OTHER_HALF = {"pyodide": ("ort/",), "ort": ("pyodide/",)}
"""By folder the one that starts beside it: its files are left out, since what is broken is told before they come."""

PLAIN_BOOT_CASES = [
    ("pyodide/python_stdlib.zip", truncated, "bytes arrived"),
    ("pyodide/numpy-", missing, "HTTP status 404"),
    ("pyodide/numpy-", truncated, "bytes arrived"),
    ("pyodide/numpy-", other_bytes, "other bytes than expected"),
    ("py/readout_", missing, "HTTP status 404"),
]


@pytest.mark.parametrize(("file", "breakage", "expected"), CASES, ids=[f"{f} {b.__name__}" for f, b, _ in CASES])
def test_a_broken_file_is_named_with_what_is_wrong(page, site, file, breakage, expected):
    for other in OTHER_HALF.get(file.split("/")[0], ()):
        page.context.route(lambda url, other=other: url.startswith(site + other), lambda _: None)  # is never answered
    page.context.route(lambda url: url.startswith(site + file), breakage)
    page.goto(site)
    assert_names(page, file, expected)


@pytest.mark.parametrize(
    ("file", "breakage", "expected"), PLAIN_BOOT_CASES, ids=[f"{f} {b.__name__}" for f, b, _ in PLAIN_BOOT_CASES]
)
def test_a_broken_file_is_named_too_where_the_snapshot_does_not_work(page, site, file, breakage, expected):
    page.context.route("**/workers/python.js*", without_snapshots)
    page.context.route(lambda url: url.startswith(site + file), breakage)
    page.goto(site)
    assert_names(page, file, expected)


def assert_names(page, file, expected):
    """The one screen for failures names the file and what is wrong with it."""
    alert = page.get_by_role("alert")
    alert.wait_for()
    text = alert.inner_text()
    assert file in text
    assert expected in text
    assert "What to do" in text
    assert alert.get_by_role("button", name="Reload").is_visible()


def living(page, script):
    """The newest worker that runs a script."""
    return [worker for worker in page.workers if script in worker.url][-1]


def test_workers_that_die_are_started_again_and_go_on_until_python_does_too_often(page, site):
    page.goto(f"{site}?sets=1")
    wait_until_read(page, 1)
    deaths = [("embedder.js", JS.endWorker), ("python.js", JS.breakWorker), *2 * [("python.js", JS.endWorker)]]
    for sets, (script, how) in enumerate(deaths, start=2):
        with page.expect_worker(lambda worker, script=script: script in worker.url):
            living(page, script).evaluate(how)
        page.get_by_role("slider").fill(str(sets))
        wait_until_read(page, sets)
        assert page.locator(".headline strong").inner_text() == "200 of 200 digits"
        assert not page.get_by_role("alert").is_visible()
    living(page, "python.js").evaluate(JS.endWorker)
    page.get_by_role("alert").wait_for()
    assert "worker ended without a word" in page.get_by_role("alert").inner_text()


@pytest.mark.parametrize("script", ["python.js", "embedder.js"])
def test_a_worker_that_dies_while_it_starts_is_noticed(page, site, script):
    with page.expect_worker(lambda worker: script in worker.url) as waiting:
        page.goto(site)
    while waiting.value.evaluate("typeof setTimeout") == "undefined":
        pass  # it has only just begun
    waiting.value.evaluate(JS.endSoon)
    page.get_by_role("alert").wait_for()
    assert "worker ended without a word" in page.get_by_role("alert").inner_text()


def test_a_browser_without_webassembly_is_told_so(page, site):
    page.add_init_script("delete globalThis.WebAssembly")
    page.goto(site)
    page.get_by_role("alert").wait_for()
    assert "no WebAssembly" in page.get_by_role("alert").inner_text()


def test_without_its_script_the_page_still_says_what_it_is_and_what_is_missing(page, site):
    page.route("**/app.js*", missing)
    page.goto(site)
    alert = page.locator("#app").get_by_role("alert")
    assert "app.js" in alert.inner_text()
    assert page.get_by_role("heading", name="How is this working?").is_visible()


def test_what_fails_while_the_page_s_own_modules_load_is_said_with_its_cause(page, site):
    page.add_init_script("Intl.NumberFormat = class { constructor() { throw new RangeError('invalid tag: X'); } };")
    page.goto(site)
    text = page.locator("#app").get_by_role("alert").inner_text()
    assert "invalid tag: X" in text and "server" not in text


def test_a_browser_whose_language_is_none_starts(page, site):
    page.add_init_script("Object.defineProperty(navigator, 'language', { value: 'C', configurable: true })")
    page.goto(f"{site}#bench/__proto__")
    page.get_by_text("loaded and started in").wait_for()
    assert page.locator(".view-tab.here").inner_text() == "Demo"


@pytest.fixture
def without_memory(browser):
    """A page whose WebAssembly finds no memory until it runs `giveMemory`."""
    own = browser.browser_type.launch(**{**CHROMIUM, "args": [*CHROMIUM["args"], "--js-flags=--expose-gc"]})
    page = own.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(f"({JS.takeMemory})()")
    yield page
    own.close()


def test_memory_that_comes_back_late_is_waited_for(without_memory, site):
    page, started = without_memory, []

    def all_began_again(worker):
        started.append(worker.url)
        return all(sum(script in url for url in started) > 1 for script in ("python.js", "embedder.js"))

    with page.expect_worker(all_began_again):
        page.goto(f"{site}?sets=1")
    page.evaluate(JS.giveMemory)
    wait_until_read(page, 1)


def test_memory_that_never_comes_is_named(without_memory, site):
    page = without_memory
    page.goto(site)
    page.get_by_role("alert").wait_for()
    assert "There is not enough memory" in page.get_by_role("alert").inner_text()


def test_memory_that_will_not_be_used_is_not_set_aside(page, site):
    """WebKit sets aside at once all that a shared memory may grow to, and has 64 GiB for a page and those before it."""
    page.goto(f"{site}?sets=1")
    wait_until_read(page, 1)
    assert living(page, "embedder.js").evaluate(JS.growMemory, 1_000) == "grown"
    assert living(page, "embedder.js").evaluate(JS.growMemory, 16_384) == "RangeError"
