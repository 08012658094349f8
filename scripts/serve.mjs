// A small static file server: the headers that shared memory and a strict content policy need, byte ranges, nothing more.
import { createReadStream, realpathSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";
import { Complaint } from "./paths.mjs";

/** What a page needs to be cross-origin isolated, so that it can have SharedArrayBuffer. */
export const isolationHeaders = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

const contentSecurityPolicy = "script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'";

const mediaTypes = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** The file below `folder` that the path of a URL names, or null: no such file, or it lies outside. */
function fileFor(folder, pathname) {
  let name;
  try {
    name = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (name.includes("\0")) return null;
  try {
    const found = realpathSync(join(folder, name.endsWith("/") ? `${name}index.html` : name));
    // After realpath, so that neither ".." nor a link leads out.
    return found.startsWith(folder + sep) && statSync(found).isFile() ? found : null;
  } catch {
    return null;
  }
}

/**
 * The bytes that a Range header asks for (RFC 9110, section 14). Several ranges are answered as if none was asked for.
 * @returns {{ first: number, last: number } | "unsatisfiable" | null}
 */
function rangeOf(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return null;
  const first = match[1] === "" ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const last = match[1] === "" || match[2] === "" ? size - 1 : Math.min(size - 1, Number(match[2]));
  return first > last ? "unsatisfiable" : { first, last };
}

function answer(request, response, { folder, prefix, isolate }) {
  const common = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": contentSecurityPolicy,
    "X-Content-Type-Options": "nosniff",
    // <vitrine-machine> in pages of other origins fetches script, core and images from here; nothing here is secret.
    "Access-Control-Allow-Origin": "*",
    ...(isolate ? isolationHeaders : {}),
  };
  const refuse = (status, text, headers = {}) => {
    response.writeHead(status, { ...common, "Content-Type": "text/plain; charset=utf-8", ...headers });
    response.end(request.method === "HEAD" ? undefined : `${text}\n`);
  };
  if (request.method !== "GET" && request.method !== "HEAD") {
    return refuse(405, "Only GET and HEAD are answered here.", { Allow: "GET, HEAD" });
  }
  const pathname = request.url.replace(/[?#].*$/, "");
  const file = pathname.startsWith(prefix) ? fileFor(folder, pathname.slice(prefix.length - 1)) : null;
  if (file === null) return refuse(404, "Not found.");
  const { size, mtimeMs } = statSync(file);
  const tag = `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`;
  const headers = {
    ...common,
    "Content-Type": mediaTypes[extname(file).toLowerCase()] ?? "application/octet-stream",
    "Accept-Ranges": "bytes",
    ETag: tag,
  };
  if (request.headers["if-none-match"] === tag) {
    response.writeHead(304, headers);
    return response.end();
  }
  const range = rangeOf(request.headers.range, size);
  if (range === "unsatisfiable") return refuse(416, "No such range.", { "Content-Range": `bytes */${size}` });
  const { first, last } = range ?? { first: 0, last: size - 1 };
  if (range !== null) headers["Content-Range"] = `bytes ${first}-${last}/${size}`;
  response.writeHead(range === null ? 200 : 206, { ...headers, "Content-Length": last - first + 1 });
  if (request.method === "HEAD" || size === 0) return response.end();
  createReadStream(file, { start: first, end: last })
    .on("error", () => response.destroy())
    .pipe(response);
}

/**
 * Serves the files of a folder until closed.
 * @param {object} options
 * @param {string} options.folder
 * @param {number} [options.port] 0 (the default) takes any free port
 * @param {string} [options.host] 127.0.0.1 by default: other computers cannot reach it
 * @param {string} [options.prefix] path under which the files appear, with a slash at both ends
 * @param {boolean} [options.isolate] false leaves out the isolation headers, as a plain static host does
 * @returns {Promise<{ port: number, url: string, close: () => Promise<void> }>}
 */
export async function serve({ folder, port = 0, host = "127.0.0.1", prefix = "/", isolate = true }) {
  const options = { folder: realpathSync(folder), prefix, isolate };
  const server = createServer((request, response) => answer(request, response, options));
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(undefined));
  }).catch((error) => {
    if (error.code === "EADDRINUSE") {
      throw new Complaint(`Port ${port} is in use: stop the program that has it, or choose another with PORT=NUMBER.`);
    }
    if (error.code === "EACCES")
      throw new Complaint(`Port ${port} may not be used by this user: choose another with PORT=NUMBER.`);
    throw error;
  });
  const address = server.address();
  const taken = typeof address === "object" && address !== null ? address.port : port;
  return {
    port: taken,
    url: `http://localhost:${taken}${prefix === "/" ? "" : prefix}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
}

/** The port of the environment variable PORT, or 5173. */
export function portFromEnvironment() {
  const text = process.env.PORT;
  if (text === undefined || text === "") return 5173;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Complaint(`PORT is "${text}": it must be a number from 0 to 65535.`);
  return port;
}
