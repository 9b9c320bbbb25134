/** The addresses of the console, below the service's root. */

import type { Router } from "vue-router";
import { createRouter, createWebHistory } from "vue-router";
import { ROOT } from "./address.js";

const PAGES = {
  overview: () => import("./pages/overview_page.vue"),
  catalog: () => import("./pages/catalog_page.vue"),
  software: () => import("./pages/software_page.vue"),
  tasks: () => import("./pages/tasks_page.vue"),
  task: () => import("./pages/task_page.vue"),
  nowhere: () => import("./pages/nowhere_page.vue"),
};

/** How often to look whether a service that gives no page is there again. */
const LOOK_MS = 2_000;
/** A page is not loaded anew before it is so old: what fails each time would make it load without end. */
const LEAST_AGE_MS = 10_000;
const AHEAD_MS = 1_500;

export function makeRouter(): Router {
  const router = createRouter({
    history: createWebHistory(ROOT.pathname),
    routes: [
      { path: "/", name: "overview", component: PAGES.overview },
      { path: "/software", name: "catalog", component: PAGES.catalog },
      { path: "/software/:key", name: "software", component: PAGES.software },
      { path: "/tasks", name: "tasks", component: PAGES.tasks },
      { path: "/tasks/:taskId", name: "task", component: PAGES.task, props: true },
      { path: "/:rest(.*)*", name: "nowhere", component: PAGES.nowhere },
    ],
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  });
  // A part of the page cannot be had: the service restarts, or is a newer one, whose parts do not fit to what is here.
  router.onError((_, to) => void openAnew(router.resolve(to.fullPath).href));
  return router;
}

/** Load the other pages while nothing else is to be done, so that a click shows one at once. */
export function loadAhead(): void {
  setTimeout(() => {
    for (const load of Object.values(PAGES)) load().catch(() => undefined);
  }, AHEAD_MS);
}

async function openAnew(address: string): Promise<void> {
  const alive = await fetch(new URL("healthz", ROOT), { cache: "no-store" }).then(
    (answer) => answer.ok,
    () => false,
  );
  if (alive && performance.now() > LEAST_AGE_MS) location.assign(address);
  else setTimeout(() => void openAnew(address), LOOK_MS);
}
