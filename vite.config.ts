// How the page is built and, for developers, served: sources in web/, images in public/, cores in build/.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { isolationHeaders } from "./scripts/serve.mjs";

const root = import.meta.dirname;
const buildFolder = join(root, "build");

/** Makes cores/core-<target>.wasm part of the site, and the service worker, which must lie at the top to see all of it. */
function siteFiles(): Plugin {
  return {
    name: "vitrine-site-files",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const name = /\/cores\/(core-[a-z0-9]+\.wasm)(?:\?|$)/.exec(request.url ?? "")?.[1];
        if (name === undefined) return next();
        let bytes: Buffer;
        try {
          bytes = readFileSync(join(buildFolder, name));
        } catch {
          return next();
        }
        response.writeHead(200, {
          ...isolationHeaders,
          "Content-Type": "application/wasm",
          "Cache-Control": "no-cache",
        });
        response.end(bytes);
      });
    },
    generateBundle() {
      for (const name of readdirSync(buildFolder).filter((file) => /^core-.*\.wasm$/.test(file))) {
        this.emitFile({ type: "asset", fileName: `cores/${name}`, source: readFileSync(join(buildFolder, name)) });
      }
      const name = "coi-service-worker.js";
      this.emitFile({ type: "asset", fileName: name, source: readFileSync(join(root, "web", name)) });
    },
  };
}

export default defineConfig({
  root: join(root, "web"),
  publicDir: join(root, "public"),
  // Relative addresses: the site works under any path of any host.
  base: "./",
  plugins: [react(), siteFiles()],
  worker: { format: "es" },
  build: {
    outDir: join(root, "dist", "web"),
    emptyOutDir: true,
    target: "es2023",
    // A data: address would need an exception from the content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { host: "127.0.0.1", headers: isolationHeaders },
  preview: { host: "127.0.0.1", headers: isolationHeaders },
});
