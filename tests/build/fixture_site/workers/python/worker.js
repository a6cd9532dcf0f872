import { loadPyodide } from "../pyodide/pyodide.mjs";

self.postMessage(typeof loadPyodide);
