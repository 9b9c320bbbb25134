/** The viewer as a plain script: it adds two names to the page, and no other. */

import { InstallManager } from "./manager.js";
import { InstallLogViewer } from "./viewer.js";

Object.assign(window, { InstallLogViewer, InstallManager });
