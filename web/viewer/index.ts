/** The viewer as a module: `import { InstallLogViewer, InstallManager } from "installcast"`. */

export type { ServiceOptions } from "./core/api.js";
export { ServiceError } from "./core/api.js";
export type {
  LogRecord, Message, ProgressBasis, StatusReport, TaskError, TaskResult, TaskStatus,
} from "./core/protocol.js";
export { defineInstallLog, InstallLogElement } from "./element.js";
export type { InstallParameters, TaskPage, TaskSummary } from "./manager.js";
export { InstallManager } from "./manager.js";
export type { Theme } from "./view/screen.js";
export type { ViewerEvents, ViewerOptions } from "./viewer.js";
export { InstallLogViewer } from "./viewer.js";
