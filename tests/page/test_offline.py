"""Without a network: one visit is enough, a page never gets files of another build, and newer ones wait for a word."""

import json
import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.page.conftest import StrictHandler
from tests.page.helpers import ROOT, wait_until, wait_until_read, write_folder
from tests.page.test_projects import PATHS, Bench
from tooling import build_id, manifest
from tooling.serve import serve

PREFIX = "/some/sub/path/"
KEPT = f"() => caches.open('readout {PREFIX}').then((cache) => cache.keys()).then((all) => all.map(({{ url }}) => url))"
"""The addresses of what the service worker keeps."""


class Handler(StrictHandler):
    """Never answers at one address."""

    def do_GET(self):
        if self.path.endswith("/never"):
            self.rfile.read(1)  # until whoever asked has gone
        else:
            super().do_GET()


class Host:
    """A static server at one address, whose site may be stopped, started and replaced."""

    def __init__(self, folder):
        self.folder = folder
        self.server = None
        self.port = 0

    def start(self, offline=True):
        self.server = serve(self.folder, self.port, PREFIX, Handler, offline=offline)
        self.port = self.server.port
        return self.server.url

    def stop(self):
        if self.server:
            self.server.close()
        self.server = None

    def redeploy(self):
        """Put another build in place of the one that is there: other scripts, another id."""
        new = self.folder.with_name("next")
        shutil.copytree(self.folder, new)
        build = manifest_of(self.folder)["build"]
        later = format((int(build, 16) + 1) % 16**16, "016x")
        for path in [*new.rglob("*.js"), new / "index.html"]:
            text = path.read_text(encoding="utf-8").replace(build, build_id.PLACEHOLDER)
            path.write_text(re.sub(r"\?v=[\w-]{16}", "", text) if path.suffix == ".html" else text, encoding="utf-8")
        video = new / "workers/video.js"
        video.write_text(f"self.build = '{later}';{video.read_text(encoding='utf-8')}", encoding="utf-8")
        (new / manifest.NAME).unlink()
        manifest.write_manifest(new, "9.9.9", build_id.stamp(new))
        shutil.rmtree(self.folder)
        new.rename(self.folder)


def manifest_of(folder):
    return json.loads((folder / manifest.NAME).read_text(encoding="utf-8"))


@pytest.fixture
def host(tmp_path):
    shutil.copytree(ROOT / "dist", tmp_path / "site")
    host = Host(tmp_path / "site")
    yield host
    host.stop()


@pytest.fixture
def bench(browser):
    """A page in a fresh profile; no error may pass unseen in it."""
    problems = []
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield Bench(page)
    context.close()
    assert problems == []


def visit(page, url):
    """The first visit, until the page works offline."""
    page.goto(url)
    page.get_by_text("This page works offline").wait_for()


def test_after_one_visit_everything_works_without_the_server(bench, host, tmp_path):
    page = bench.page
    requests = []
    page.context.on("request", lambda request: requests.append(request.url))
    url = host.start()
    visit(page, f"{url}?sets=1")
    page.get_by_role("button", name="Try it on a video").click()
    page.locator(".clip").wait_for()
    host.stop()
    page.goto(f"{url}?sets=1")
    wait_until_read(page, 1)
    bench.choose("New project")
    bench.named("New project")
    bench.bring(write_folder(tmp_path / "boiler", PATHS), folder=True)
    bench.read_all()
    assert len(bench.csv().splitlines()) > len(PATHS)
    bench.open_menu()
    with page.expect_download() as download:
        bench.menu.get_by_role("button", name="Save as a file").click()
    assert download.value.path().stat().st_size > 1000
    page.reload()
    bench.named("New project")
    bench.read_all()
    bench.choose("Demo")
    bench.room("Demo")
    page.get_by_role("button", name="Try it on a video").click()
    bench.named("Demo video")
    page.locator(".clip").wait_for()  # what is brought opens the view Frames
    bench.read_all(len((ROOT / "data/clip.csv").read_text(encoding="utf-8").split()) - 1)
    assert {address.split("/some/")[0] for address in requests if not address.startswith("blob:")} == {
        url.split("/some/")[0]
    }


def test_a_page_gets_its_own_build_s_files_after_a_redeploy_and_the_newer_one_when_the_person_agrees(bench, host):
    page = bench.page
    url = host.start()
    visit(page, f"{url}?sets=1")
    old = page.evaluate("document.documentElement.dataset.build")
    host.redeploy()
    new = manifest_of(host.folder)["build"]
    assert new != old
    other = page.context.new_page()
    other.goto(url)  # which has the browser look for a newer service worker
    expect(other.get_by_text("A newer version of Readout is here")).to_be_visible()
    expect(page.get_by_text("A newer version of Readout is here")).to_be_visible()
    assert other.evaluate("document.documentElement.dataset.build") == old
    other.get_by_role("button", name="Use it now").click()
    other.wait_for_function(f"() => document.documentElement.dataset.build === '{new}'")
    other.get_by_text("loaded and started in").wait_for()
    assert page.evaluate("document.documentElement.dataset.build") == old
    page.get_by_role("button", name="Try it on a video").click()  # its worker was never loaded before
    page.locator(".clip").wait_for()
    (video,) = [worker for worker in page.workers if "workers/video.js" in worker.url]
    assert f"v={old}" in video.url and video.evaluate("self.build") is None
    page.goto(f"{url}?sets=1")
    page.get_by_text("loaded and started in").wait_for()
    assert page.evaluate("document.documentElement.dataset.build") == new
    wait_until(page, f"() => ({KEPT})().then((kept) => !kept.some((address) => address.includes('{old}')))")
    assert any(f"manifest.json?v={new}" in address for address in page.evaluate(KEPT))


def test_a_newer_build_comes_when_the_person_agrees_though_the_worker_before_is_busy(bench, host):
    """Chromium waits for that one for five minutes."""
    page = bench.page
    url = host.start()
    visit(page, f"{url}?sets=1")
    host.redeploy()
    page.goto(f"{url}?sets=1")
    page.evaluate("() => void fetch('never')")
    page.get_by_role("button", name="Use it now").click()
    new = manifest_of(host.folder)["build"]
    page.wait_for_function(f"() => document.documentElement.dataset.build === '{new}'")
    page.get_by_text("loaded and started in").wait_for()
    expect(page.get_by_role("button", name="Use it now")).to_have_count(0)


def test_where_the_old_build_is_gone_the_page_says_so(bench, host, browser):
    url = host.start()
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.goto(f"{url}?sets=1")
    page.get_by_text("loaded and started in").wait_for()
    wait_until_read(page, 1)  # no frame of the demo is still to come
    host.redeploy()
    page.get_by_role("button", name="Try it on a video").click()
    expect(page.locator(".problems")).to_contain_text("The site has been updated since this page was opened")
    context.close()


def test_a_page_whose_scripts_are_of_another_build_does_not_start(bench, host):
    page = bench.page
    url = host.start()
    script = (host.folder / "app.js").read_text(encoding="utf-8")
    host.redeploy()
    page.route("**/app.js*", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    page.goto(url)
    expect(page.locator(".failure")).to_contain_text("of another version than this page")


def test_all_of_it_can_be_kept(bench, host):
    page = bench.page
    url = host.start()
    visit(page, f"{url}?sets=1")
    button = page.get_by_role("button", name="Make all available offline")
    expect(button).to_contain_text("MB")
    button.click()
    page.get_by_text("All of this page works offline").wait_for()
    host.stop()
    page.goto(f"{url}?sets=1&backbone=imagenet")
    wait_until_read(page, 1)


def test_a_server_for_developers_leaves_no_service_worker_behind_nor_what_one_before_has_kept(bench, host):
    """When Chromium lets the one before go is its own affair: it may take minutes."""
    page = bench.page
    page.goto(host.start(offline=False))
    page.get_by_text("loaded and started in").wait_for()
    page.evaluate(
        "() => caches.open('readout before').then(() => navigator.serviceWorker.register('sw.js')).then(() => {})"
    )
    left = "(await navigator.serviceWorker.getRegistrations()).length + (await caches.keys()).length"
    wait_until(page, f"async () => {left} === 0")


def test_without_a_service_worker_everything_else_goes_on(bench, host):
    page = bench.page
    page.add_init_script(
        "navigator.serviceWorker.register = () => Promise.reject(new DOMException('denied', 'SecurityError'))"
    )
    page.goto(f"{host.start()}?sets=1")
    wait_until_read(page, 1)
    expect(page.locator(".offline")).to_have_count(0)
