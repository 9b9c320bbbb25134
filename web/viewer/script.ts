/** The viewer as a plain script: it adds two names and the element `<install-log>` to the page, and nothing else. */

import { defineInstallLog } from "./element.js";
import { InstallManager } from "./manager.js";
import { InstallLogViewer } from "./viewer.js";

Object.assign(window, { InstallLogViewer, InstallManager });
defineInstallLog();
