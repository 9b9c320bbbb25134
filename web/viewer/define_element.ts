/** The module that makes `<install-log>` known to the page that imports it: `import "installcast/element"`. */

import { defineInstallLog } from "./element.js";

export { InstallLogElement } from "./element.js";

defineInstallLog();
