// Runs before the page's own scripts: `finishedJob` resolves when the page, having learned, shows a
// score of all frames. Seconds count from when the page had loaded and started its parts; fit_s is what
// the page says learning took, embedding aside.
globalThis.finishedJob = new Promise((resolve, reject) => {
  const timeout = setTimeout(
    () => reject(new Error(`the page did not finish: ${document.body.innerText.slice(0, 300)}`)),
    300_000,
  );
  const marked = (name) => performance.getEntriesByName(`readout:${name}`)[0]?.startTime;
  const observer = new MutationObserver(() => {
    const trained = marked("trained");
    const outcome = document.querySelector(".outcome");
    const score = document.querySelector(".headline")?.textContent ?? "";
    const progress = document.querySelector(".score progress");
    if (!trained || !outcome?.textContent.includes("Learned") || !score.includes(`of ${progress?.max} readings`))
      return;
    const done = performance.now();
    const models = performance
      .getEntriesByType("resource")
      .map(({ name }) => name)
      .filter((name) => new URL(name).pathname.endsWith(".onnx"));
    const fit = parseFloat(outcome.querySelector(".number")?.textContent);
    observer.disconnect();
    clearTimeout(timeout);
    const [train_s, read_s] = [(trained - marked("loaded")) / 1000, (done - trained) / 1000];
    resolve({ train_s, fit_s: Number.isNaN(fit) ? null : fit / 1000, read_s, score, models });
  });
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
});
