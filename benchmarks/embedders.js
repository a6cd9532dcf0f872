// Times embedder workers of the shipped site (tests/page/embedder.js starts one). `crops` is a file of
// float32 (n, 3, size, size), all of which go into every call. Resolves with the milliseconds of each of
// `calls` calls to one worker, and with how many times as many crops two workers embed in the same time.
async (startEmbedder, { model, crops, size, warmUp, calls, rounds }) => {
  const values = new Float32Array(await (await fetch(crops)).arrayBuffer());
  const shape = [values.length / (3 * size * size), 3, size, size];
  const workers = [await startEmbedder(model), await startEmbedder(model)];
  const run = async ({ embed }, count) => {
    const times = [];
    for (let call = 0; call < count; call++) {
      const begun = performance.now();
      await embed(values, shape);
      times.push(performance.now() - begun);
    }
    return times;
  };
  const seconds = async (pool) => {
    const begun = performance.now();
    await Promise.all(pool.map((worker) => run(worker, calls)));
    return performance.now() - begun;
  };
  for (const worker of workers) await run(worker, warmUp);
  const times = await run(workers[0], calls);
  const gains = [];
  for (let round = 0; round < rounds; round++) {
    const one = await seconds(workers.slice(0, 1));
    gains.push((2 * one) / (await seconds(workers)));
  }
  return { times, gains };
};
