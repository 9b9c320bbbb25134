import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // No test waits for a real clock; one that hangs is broken.
    testTimeout: 5_000,
  },
});
