/** A page that a test makes for itself: one script, built with the workers that it starts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { serve } from "../../scripts/serve.mjs";

export class BuiltPage {
  private readonly servers: Awaited<ReturnType<typeof serve>>[] = [];

  private constructor(
    /** Of the test's own, removed with the page. */
    readonly folder: string,
  ) {}

  /** `entry`: path of the script, which sets the document's title to "ready" at its end. */
  static async build(entry: string): Promise<BuiltPage> {
    const page = new BuiltPage(mkdtempSync(join(tmpdir(), "vitrine-page-")));
    const source = join(page.folder, "source");
    mkdirSync(source);
    writeFileSync(join(source, "entry.ts"), `import ${JSON.stringify(entry)};\n`);
    const script = '<script type="module" src="./entry.ts"></script>';
    writeFileSync(join(source, "index.html"), `<!doctype html><title>loading</title>${script}`);
    await build({
      configFile: false,
      root: source,
      base: "./",
      publicDir: false,
      logLevel: "error",
      worker: { format: "es" },
      build: { outDir: page.site, target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    });
    return page;
  }

  /** The folder that is served. */
  get site(): string {
    return join(this.folder, "site");
  }

  /** Answers the address of a server of its own; `isolate`: whether it sends the headers for shared memory. */
  async serve(options: { isolate?: boolean } = {}): Promise<string> {
    const server = await serve({ folder: this.site, ...options });
    this.servers.push(server);
    return server.url;
  }

  async remove(): Promise<void> {
    for (const server of this.servers) await server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
