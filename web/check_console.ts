/**
 * Check the types of the console's components.
 *
 * vue-tsc works on the compiler's JavaScript interface, which TypeScript 7 does not have: it is given TypeScript 6, which
 * is installed beside it for this alone.
 */

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { run } = require("vue-tsc") as { run(compiler: string): void };
process.argv.push("--project", "tsconfig.console.json");
run(require.resolve("typescript-for-vue/lib/tsc"));
