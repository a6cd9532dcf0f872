// Before the page's own script: says why that did not start. It has no part in anything else.

import { explain } from "./shared/explain.js";

const place = document.getElementById("app");

/** As app/Failure.js draws it, which may be what could not be loaded. */
function show(error) {
  if (!place.querySelector(".static-note")) return; // the page has started, and says so itself
  const { title, what, why, next, detail } = explain(error);
  const made = (tag, text, properties = {}) =>
    Object.assign(document.createElement(tag), { textContent: text, ...properties });
  const facts = made("dl", "");
  const rows = { "What failed": what, "Why that may be": why, "What to do": next };
  for (const [name, text] of Object.entries(rows)) facts.append(made("dt", name), made("dd", text));
  const more = made("details", "");
  more.append(made("summary", "Details for a report"), made("pre", detail, { tabIndex: 0 }));
  const screen = made("section", "", { className: "panel failure" });
  screen.setAttribute("role", "alert");
  const reload = made("button", "Reload", { className: "primary", onclick: () => location.reload() });
  screen.append(made("h2", title), facts, reload, more);
  place.append(screen);
  place.querySelector(".static-note").remove();
}

const nameOf = ({ src }) => new URL(src).pathname.split("/").pop();

const missing = (file) =>
  Object.assign(new Error(`${file} could not be loaded`), {
    name: "AssetError",
    file,
    status: "did not arrive, or cannot be read by this browser",
    why: "It is missing on the server, the connection was cut, or the browser is too old for it.",
    next: "Reload. If that does not help: copy the whole of dist/ to the server again, or use a current browser.",
  });

addEventListener(
  "error",
  ({ target, error, message }) =>
    show(target instanceof HTMLScriptElement ? missing(nameOf(target)) : (error ?? new Error(message))),
  true,
);
addEventListener("unhandledrejection", ({ reason }) => show(reason));
