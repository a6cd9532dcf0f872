"""The message contract between the page and its workers, over a real MessageChannel."""

import pytest

from tests.page.helpers import ROOT
from tooling.serve import serve

SETUP = """async () => {
  const { Bridge, serve, transferred } = await import(new URL("runtime/bridge.js", location.href));
  const { port1, port2 } = new MessageChannel();
  const calls = [];
  serve(port2, async (method, args, { progress, signal }) => {
    calls.push(method);
    if (method === "add") return args.a + args.b;
    if (method === "fail") throw Object.assign(new RangeError("too far"), { file: "x.wasm" });
    if (method === "count") { for (let i = 0; i < 3; i++) progress(i); return "done"; }
    if (method === "move") { const x = new Float32Array([1, 2]); return transferred(x, [x.buffer]); }
    if (method === "long") { for (;;) { await new Promise((r) => setTimeout(r, 5)); progress("on"); } }
    return new Promise(() => {});
  });
  const deaths = [];
  const bridge = new Bridge(port1, "test", { onFailure: (error) => deaths.push(error.message) });
  const outcome = (promise) => promise.then((value) => ({ value }), ({ name, message, traceback, file }) =>
    ({ error: { name, message, file, traced: (traceback ?? "").includes("too far") } }));
"""

CASES = {
    "a call resolves with its value": ("return outcome(bridge.call('add', {a: 2, b: 3}))", {"value": 5}),
    "an error keeps its name, message, traceback and facts": (
        "return outcome(bridge.call('fail'))",
        {"error": {"name": "RangeError", "message": "too far", "file": "x.wasm", "traced": True}},
    ),
    "progress comes in order, before the reply": (
        "const seen = []; const last = await bridge.call('count', {}, {onProgress: (n) => seen.push(n)}); return [...seen, last]",
        [0, 1, 2, "done"],
    ),
    "replies find their calls": (
        "return Promise.all([1, 2, 3].map((a) => bridge.call('add', {a, b: 10})))",
        [11, 12, 13],
    ),
    "arrays are moved": ("return [...(await bridge.call('move'))]", [1, 2]),
    "an aborted call rejects at once, and the other side stops": (
        "const c = new AbortController(); let news = 0;"
        "const long = outcome(bridge.call('long', {}, {signal: c.signal, onProgress: () => news++ || c.abort()}));"
        "const { error } = await long; const before = news; await new Promise((r) => setTimeout(r, 60));"
        "return [error.name, news === before, bridge.busy]",
        ["AbortError", True, 0],
    ),
    "a call under an aborted signal is not sent": (
        "const { error } = await outcome(bridge.call('add', {}, {signal: AbortSignal.abort()}));"
        "await bridge.call('add', {a: 1, b: 1}); return [error.name, calls]",
        ["AbortError", ["add"]],
    ),
    "a failure rejects waiting and later calls, and is told once": (
        "const waiting = outcome(bridge.call('never')); bridge.fail(new Error('dead')); bridge.fail(new Error('again'));"
        "const later = outcome(bridge.call('add', {a: 1, b: 1}));"
        "return [(await waiting).error.message, (await later).error.message, deaths]",
        ["dead", "dead", ["dead"]],
    ),
}


@pytest.fixture(scope="module")
def sources():
    with serve(ROOT / "site") as server:
        yield server.url


@pytest.mark.parametrize(("script", "expected"), CASES.values(), ids=CASES)
def test_bridge(page, sources, script, expected):
    page.goto(f"{sources}icon.svg")
    assert page.evaluate(f"{SETUP} {script} }}") == expected
