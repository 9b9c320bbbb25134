/** The viewer for Vue 3: `import { InstallLog } from "installcast/vue"`. */

export type { InstallLogInstance } from "./install_log.js";
export { InstallLog } from "./install_log.js";
