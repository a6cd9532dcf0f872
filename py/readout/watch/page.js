// The values as they come. ?readout=NAME shows that one alone, ?overlay is for a picture below, ?plain hides all but
// the values.

const OLD_S = 10;
const asked = new URLSearchParams(location.search);
const main = document.querySelector("main");
const status = document.querySelector("[role=status]");
let shown = null;
let came = 0;

for (const name of ["overlay", "plain"]) document.documentElement.classList.toggle(name, asked.has(name));

const events = new EventSource("events");
events.addEventListener("values", (event) => {
  shown = JSON.parse(event.data);
  came = Date.now();
  draw();
});
events.addEventListener("open", draw);
events.addEventListener("error", draw);
setInterval(draw, 1000);

function draw() {
  const connected = events.readyState === EventSource.OPEN;
  if (!shown) {
    status.textContent = connected ? "Waiting for the first frame" : "Not connected";
    return;
  }
  const passed = (Date.now() - came) / 1000;
  const names = asked.getAll("readout");
  const readouts = shown.readouts.filter((each) => !names.length || names.includes(each.readout));
  main.replaceChildren(...readouts.map((each) => section(each, passed, connected)));
  if (!connected) status.textContent = "Not connected: the values are the last ones";
  else status.textContent = shown.reading ? "" : shown.problem || "Waiting for the first frame";
}

function section(each, passed, connected) {
  const found = document.createElement("section");
  const held = !each.latest.confirmed || !shown.reading || !connected;
  const age = each.age_s === null ? null : each.age_s + (held ? passed : 0);
  found.append(element("h2", each.readout), element("output", each.text ?? "–"));
  const state = age === null ? "not confirmed yet" : held ? ago(age) : "";
  found.append(element("small", [state, each.flags.join(", ")].filter(Boolean).join(" · ")));
  found.classList.toggle("old", age !== null && held && age > OLD_S);
  return found;
}

function element(name, text) {
  const found = document.createElement(name);
  found.textContent = text;
  return found;
}

function ago(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}
