/** What somebody writes who uses all of the package: it has to compile, to be built by Vite, and to work. */

import "installcast/element";
import type { LogRecord, ViewerOptions } from "installcast";
import { InstallLogViewer, InstallManager, ServiceError } from "installcast";
import type { InstallLogInstance } from "installcast/vue";
import { InstallLog } from "installcast/vue";
import { createApp, defineComponent, h, KeepAlive, ref, shallowRef } from "vue";

const token = location.hash.slice(1);
const getToken = async (): Promise<string> => token;
const told: [string, ...unknown[]][] = [];

const taskId = ref("");
const kept = ref(true);
const there = ref(true);
const theme = ref<"light" | "dark">("dark");
const locale = ref("zh");
const height = ref<number | string>(150);
const log = shallowRef<InstallLogInstance | null>(null);

const Other = defineComponent({ name: "Other", render: () => h("p", { id: "other" }, "another page of the panel") });

const App = defineComponent({
  name: "App",
  setup: () => () =>
    there.value &&
    h(KeepAlive, null, {
      default: () =>
        kept.value
          ? h(InstallLog, {
              ref: log,
              class: "mine",
              taskId: taskId.value,
              getToken,
              theme: theme.value,
              locale: locale.value,
              height: height.value,
              lineLinks: false,
              onRecord: ({ seq }: LogRecord) => told.push(["record", seq]),
              onEnd: ({ status }) => told.push(["end", status]),
              onRetry: ({ taskId }) => told.push(["retry", taskId]),
              "onUpdate:taskId": (id: string) => (taskId.value = id),
            })
          : h(Other),
    }),
});

// @ts-expect-error - a log has a task
void (() => h(InstallLog, {}));
// @ts-expect-error - there is no such theme
const wrong: ViewerOptions = { theme: "blue" };
void wrong;

const element = document.createElement("install-log");
element.getToken = getToken;
element.addEventListener("end", ({ detail }) => told.push(["element", detail.status]));

const viewer = (id: string, place: HTMLElement): InstallLogViewer => {
  const made = new InstallLogViewer(id, place, { getToken, theme: "light" });
  made.on("progress", ({ progress }) => told.push(["progress", progress.toFixed()]));
  return made;
};

async function start(key: string): Promise<string> {
  try {
    return await new InstallManager({ getToken }).startInstall({ key });
  } catch (error) {
    return error instanceof ServiceError ? error.type : "unknown";
  }
}

createApp(App).mount("#app");
document.getElementById("element")?.append(element);
Object.assign(window, { told, taskId, kept, there, theme, locale, height, log, element, viewer, start });
