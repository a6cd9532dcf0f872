// The Read view over a store that is filled by hand, for test_many_rows.py.

/** Shows the view with `count` rows, all read. */
export async function fill(count) {
  window.m = await import(new URL("modules.js", location.href));
  const { store, html, ReadingsView, render } = window.m;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "style.css" });
  const styled = new Promise((resolve) => (link.onload = resolve));
  document.head.append(link);
  await styled;
  document.body.innerHTML = '<main><div id="app"></div></main>';
  const names = ["top", "bottom"];
  const made = names.map((name) => ({ name, format: "##.##", boxes: [[0, 0, 8, 10]] }));
  store.frames.value = Array.from({ length: count }, (_, k) => ({ name: `image-${k}.png`, width: 64, height: 48 }));
  store.state.value = { layout: { readouts: made }, typed: [], rules: [], rule_ids: [] };
  const column = () => {
    const values = Float64Array.from({ length: count }, (_, k) => ((k * 7919) % 10_000) / 100);
    return {
      values,
      texts: Array.from(values, (value) => value.toFixed(2)),
      confidence: Float32Array.from(values, (value) => value / 100),
      flags: new Uint16Array(count),
      given: new Uint8Array(count).fill(1),
      confirmed: new Uint8Array(count),
      notation: null,
      stated: {},
      absent: new Map(),
    };
  };
  store.readings.value = Object.fromEntries(names.map((name) => [name, column()]));
  render(html`<${ReadingsView} />`, document.getElementById("app"));
}

/** Scrolls, to the end where `top` is negative: which rows are drawn, and which of them are seen. */
export async function scroll(top) {
  const box = document.querySelector(".readings-scroll");
  box.scrollTop = top < 0 ? box.scrollHeight : top;
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  const { top: above, bottom: below } = box.getBoundingClientRect();
  const rows = [...document.querySelectorAll(".readings tbody tr[data-row]")];
  const shown = rows.filter((row) => {
    const place = row.getBoundingClientRect();
    return place.bottom > above + 61.5 && place.top < below;
  });
  return {
    drawn: rows.length,
    first: Number(shown[0]?.getAttribute("aria-rowindex")),
    shown: shown.length,
    bare: below - shown.at(-1)?.getBoundingClientRect().bottom,
    names: shown.map((row) => row.querySelector("th").textContent),
  };
}

export function unreadFrom(row) {
  const { store } = window.m;
  for (const column of Object.values(store.readings.value)) column.given.fill(0, row);
  store.readings.value = { ...store.readings.value };
}

export function withoutFrames() {
  window.m.store.frames.value = [];
}

export function withoutLayout() {
  const { store } = window.m;
  store.frames.value = [{ name: "a.png", width: 4, height: 4 }];
  store.state.value = { ...store.state.value, layout: null };
}
