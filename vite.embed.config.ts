// How <vitrine-machine> is built: one script with a fixed name beside the machines, and what it loads besides in assets.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const root = import.meta.dirname;
const styles = join(root, "web", "embed", "shadow-styles.ts");

/** Style sheets that modules import go to the element's shadow root, never to the page that embeds it. */
function shadowStyles(): Plugin {
  const prefix = "\0shadow-style:";
  // Not as a name that ends in .css, by which Vite knows style sheets.
  const suffix = ".js";
  return {
    name: "vitrine-shadow-styles",
    enforce: "pre",
    async resolveId(source, importer, options) {
      if (!source.endsWith(".css")) return null;
      const found = await this.resolve(source, importer, { ...options, skipSelf: true });
      return found === null ? null : `${prefix}${found.id}${suffix}`;
    },
    load(id) {
      if (!id.startsWith(prefix)) return null;
      const text = readFileSync(id.slice(prefix.length, -suffix.length), "utf8");
      return `import { addStyle } from ${JSON.stringify(styles)};\naddStyle(${JSON.stringify(text)});`;
    },
  };
}

export default defineConfig({
  root: join(root, "web"),
  publicDir: false,
  // Relative addresses: the script may lie anywhere.
  base: "./",
  plugins: [shadowStyles(), react()],
  worker: { format: "es" },
  build: {
    outDir: join(root, "public", "embed"),
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: false,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      input: { "vitrine-machine": join(root, "web", "embed", "vitrine-machine.tsx") },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
