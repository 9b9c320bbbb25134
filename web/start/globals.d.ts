/** What `frontend_realtime_log.js`, which the page loads first, defines. */

import type { InstallLogViewer as Viewer } from "../viewer/viewer.js";

declare global {
  interface Window {
    InstallLogViewer: typeof Viewer;
  }
}
