// Puts names, a JSON list on standard input, into the page's natural order.

import { readFileSync } from "node:fs";
import { inNaturalOrder } from "../../site/shared/file_names.js";

process.stdout.write(JSON.stringify(inNaturalOrder(JSON.parse(readFileSync(0, "utf8")))));
