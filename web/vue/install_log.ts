/** `<InstallLog>`: the viewer as a component of Vue 3. */

import type { PropType } from "vue";
import { computed, defineComponent, h, onActivated, onBeforeUnmount, onMounted, shallowRef, watch } from "vue";

import type { LogRecord, Message, ServiceOptions, Theme, ViewerEvents, ViewerOptions } from "../viewer/index.js";
import { InstallLogViewer } from "../viewer/index.js";

export const InstallLog = defineComponent({
  name: "InstallLog",
  props: {
    taskId: { type: String, required: true },
    baseUrl: String,
    token: String,
    getToken: Function as PropType<NonNullable<ServiceOptions["getToken"]>>,
    locale: String,
    theme: String as PropType<Theme>,
    height: [Number, String],
    lineLinks: { type: Boolean, default: true },
    retry: { type: Boolean, default: true },
    autoConnect: { type: Boolean, default: true },
  },
  emits: {
    record: (_detail: ViewerEvents["record"]) => true,
    progress: (_detail: ViewerEvents["progress"]) => true,
    state: (_detail: ViewerEvents["state"]) => true,
    /** The task was started again. The new one is shown already. */
    retry: (_detail: ViewerEvents["retry"]) => true,
    end: (_detail: ViewerEvents["end"]) => true,
    /** For `v-model:task-id`. */
    "update:taskId": (_taskId: string) => true,
  },
  expose: ["viewer", "connectWebSocket", "handleLogMessage"],

  setup(props, { emit }) {
    const place = shallowRef<HTMLElement>();
    const viewer = shallowRef<InstallLogViewer>();
    const hasToken = computed(() => (props.getToken ?? props.token) !== undefined);

    function optionsNow(): ViewerOptions {
      const { locale, theme, height, lineLinks, retry, autoConnect } = props;
      const options: ViewerOptions = { locale, theme, height, lineLinks, retry: retry && autoConnect, autoConnect };
      if (props.baseUrl !== undefined) options.baseUrl = props.baseUrl;
      // Asked for each time, so that a new one counts without a new viewer.
      if (hasToken.value) options.getToken = () => props.getToken?.() ?? props.token ?? "";
      return options;
    }

    /** Show a task. A viewer that is in this place already is replaced. */
    function show(taskId: string): void {
      if (!place.value) return;
      viewer.value?.destroy();
      viewer.value = undefined;
      if (!taskId) return;
      const made = new InstallLogViewer(taskId, place.value, optionsNow());
      made.on("record", (detail) => emit("record", detail));
      made.on("progress", (detail) => emit("progress", detail));
      made.on("state", (detail) => emit("state", detail));
      made.on("end", (detail) => emit("end", detail));
      made.addEventListener("retry", (event) => {
        event.preventDefault();
        const { detail } = event as CustomEvent<ViewerEvents["retry"]>;
        show(detail.taskId);
        emit("retry", detail);
        emit("update:taskId", detail.taskId);
      });
      viewer.value = made;
    }

    onMounted(() => show(props.taskId));
    // Within <KeepAlive> the viewer goes on while it is out of sight, and finds its place again.
    onActivated(() => viewer.value?.moved());
    onBeforeUnmount(() => viewer.value?.destroy());

    watch(
      () => props.taskId,
      (taskId) => {
        if (taskId !== viewer.value?.taskId) show(taskId);
      },
    );
    watch([() => props.baseUrl, hasToken, () => props.lineLinks, () => props.retry, () => props.autoConnect], () => {
      show(viewer.value?.taskId ?? props.taskId);
    });
    // Not for a new `getToken`: written in a template it is one at each render, also at those that the viewer's events cause.
    watch(() => props.token, () => viewer.value?.connectWebSocket());
    watch(() => props.locale, (locale) => viewer.value?.setLocale(locale));
    watch(() => props.theme, (theme) => viewer.value?.setTheme(theme));
    watch(() => props.height, (height) => viewer.value?.setHeight(height));

    return {
      place,
      viewer,
      connectWebSocket: (): void => viewer.value?.connectWebSocket(),
      handleLogMessage: (message: LogRecord | Message | string): void => viewer.value?.handleLogMessage(message),
    };
  },

  render() {
    return h("div", { ref: "place" });
  },
});

/** What a template ref of the component holds. */
export type InstallLogInstance = InstanceType<typeof InstallLog>;
