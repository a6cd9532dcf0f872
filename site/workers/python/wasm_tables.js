// One object for each function of WebAssembly: JavaScriptCore makes one as an export and another in a table.
//
// Emscripten finds the address of a function that a library asks for by its object, in the table. Where it isn't
// found the function gets another slot: then pointers to it differ, and libraries lie elsewhere than the snapshot has
// them.

const TABLE = "__indirect_function_table";

/** Have `WebAssembly` put into a module's table the very objects that it exports, as the standard asks. */
export function keepIdentity(WebAssembly) {
  const seen = new WeakSet();
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const instantiate = WebAssembly[name]?.bind(WebAssembly);
    if (!instantiate) continue;
    WebAssembly[name] = async (source, imports, ...rest) => {
      const result = await instantiate(source, imports, ...rest);
      const { exports } = result.instance ?? result;
      const env = imports?.env;
      if (env?.[TABLE]) shareFunctions(exports, env[TABLE], Number(env.__table_base), seen);
      return result;
    };
  }
}

/** Replace what a module put into `table` from slot `first` on by its exports of the same index, its `name`. */
function shareFunctions(exports, table, first, seen) {
  const exported = new Map();
  for (const value of Object.values(exports)) {
    if (typeof value !== "function") continue;
    exported.set(value.name, value);
    seen.add(value);
  }
  for (let slot = first; slot < table.length; slot++) {
    const found = table.get(slot);
    if (!found || seen.has(found)) continue; // an export of this module or of one before it
    const same = exported.get(found.name);
    if (same) table.set(slot, same);
  }
}
