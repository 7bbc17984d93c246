import { defineConfig } from "vitest/config";

// Names carry the digest of the content, so that a browser may keep assets for ever.
export default defineConfig({
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1600,
  },
  test: { include: ["test/**/*.test.ts"] },
});
