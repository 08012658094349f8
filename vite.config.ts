// How the page is built and, for developers, served: sources in web/, images in public/. Cores come by src/worker/core-location.ts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { isolationHeaders } from "./scripts/serve.mjs";

const root = import.meta.dirname;

/** Adds the service worker, which must lie at the top of the site under a fixed name to see all of it. */
function serviceWorker(): Plugin {
  const name = "coi-service-worker.js";
  return {
    name: "vitrine-service-worker",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: name, source: readFileSync(join(root, "web", name)) });
    },
  };
}

export default defineConfig({
  root: join(root, "web"),
  publicDir: join(root, "public"),
  // Relative addresses: the site works under any path of any host.
  base: "./",
  plugins: [react(), serviceWorker()],
  worker: { format: "es" },
  build: {
    outDir: join(root, "dist", "web"),
    emptyOutDir: true,
    target: "es2023",
    // A data: address would need an exception from the content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Terminal, React and the application are all wanted at once; the budget is 400 kB gzip'd.
    chunkSizeWarningLimit: 1000,
  },
  server: { host: "127.0.0.1", headers: isolationHeaders },
  preview: { host: "127.0.0.1", headers: isolationHeaders },
});
