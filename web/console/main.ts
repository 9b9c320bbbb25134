/** The console: catalog, forms, tasks. */

import "element-plus/theme-chalk/base.css";
import "element-plus/theme-chalk/dark/css-vars.css";
import "./styles/console.css";
import { createApp, effectScope } from "vue";
import App from "./app.vue";
import { loadAhead, makeRouter } from "./router.js";
import { createShell, SHELL } from "./shell.js";

// Never stopped: what runs in it lives as long as the page.
const shell = effectScope(true).run(createShell);
if (shell) createApp(App).provide(SHELL, shell).use(makeRouter()).mount("#page");
loadAhead();
