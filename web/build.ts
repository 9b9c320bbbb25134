/**
 * Build the viewer and the console: `node build.ts [folder for the service's static files] [folder for the npm package]`.
 *
 * The same sources make the same bytes on every machine: no time, no path and no source map goes in.
 */

import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import vue from "@vitejs/plugin-vue";
import { build, type InlineConfig } from "vite";

const here = import.meta.dirname;
const staticFolder = resolve(process.argv[2] ?? join(here, "../src/installcast/api/static"));
const packageFolder = resolve(process.argv[3] ?? join(here, "dist"));
const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8")) as { version: string };

const BANNER = "/*! Installcast, MIT license */";

function library(entry: string, format: "es" | "iife", folder: string, file: string): InlineConfig {
  return {
    configFile: false,
    root: here,
    logLevel: "warn",
    define: { __VERSION__: JSON.stringify(version) },
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: "es2022",
      // Knows `light-dark()`, as all browsers do since May 2024.
      cssTarget: "chrome123",
      minify: format === "iife" || folder === staticFolder,
      sourcemap: false,
      // A plain script without exports defines no global name of its own, whatever it is called here.
      lib: { entry: join(here, entry), formats: [format], name: "installcast", fileName: () => file },
      rolldownOptions: { output: { postBanner: BANNER } },
    },
  };
}

/** The modules of the npm package; what they share is in it once. */
function packageModules(): InlineConfig {
  const config = library("viewer/index.ts", "es", packageFolder, "");
  const entry = { installcast: "viewer/index.ts", element: "viewer/define_element.ts", vue: "vue/index.ts" };
  return {
    ...config,
    build: {
      ...config.build,
      lib: { entry, formats: ["es"] },
      rolldownOptions: {
        external: ["vue"],
        output: { postBanner: BANNER, entryFileNames: "[name].js", chunkFileNames: "shared/[name].js" },
      },
    },
  };
}

/** Pages are parts of their own, loaded when they are shown. Names say what a file is: a browser asks for each by its tag. */
function consoleApp(folder: string): InlineConfig {
  return {
    configFile: false,
    root: here,
    base: "./",
    logLevel: "warn",
    plugins: [vue()],
    define: {
      __VERSION__: JSON.stringify(version),
      __VUE_OPTIONS_API__: "false",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
    },
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: "es2022",
      cssTarget: "chrome123",
      sourcemap: false,
      modulePreload: { polyfill: false },
      // The libraries' licences go wherever their code goes.
      license: { fileName: "licenses.md" },
      rolldownOptions: {
        checks: { pluginTimings: false },
        input: { main: join(here, "console/main.ts") },
        output: { entryFileNames: "[name].js", chunkFileNames: "[name].js", assetFileNames: "[name][extname]" },
      },
    },
  };
}

mkdirSync(staticFolder, { recursive: true });
await build(library("viewer/script.ts", "iife", staticFolder, "frontend_realtime_log.js"));
await build(consoleApp(join(staticFolder, "console")));
for (const file of ["index.html", "icon.svg"]) cpSync(join(here, "console", file), join(staticFolder, file));
await build(packageModules());
cpSync(join(staticFolder, "frontend_realtime_log.js"), join(packageFolder, "frontend_realtime_log.js"));
