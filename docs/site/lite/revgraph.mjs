// What the kernel loads as Pyodide: Pyodide, and beside it Graphviz, which Python then calls without waiting.
import "./viz-global.js";
import { loadPyodide as load } from "./pyodide.mjs";

// Imports look into the notebook's folder last: each look there is a question to the page, and there are thousands.
const STARTUP = "/home/pyodide/.ipython/profile_default/startup";
const FOLDER_LAST = "import sys\nsys.path.remove('')\nsys.path.append('')\ndel sys\n";

export async function loadPyodide(options) {
  const [python, graphviz] = await Promise.all([load(options), globalThis.Viz.instance()]);
  globalThis.graphviz = graphviz;
  python.FS.mkdirTree(STARTUP);
  python.FS.writeFile(`${STARTUP}/folder_last.py`, FOLDER_LAST);
  return python;
}
