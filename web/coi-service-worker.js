// Service worker for static hosts: adds to each answer the headers that make the page cross-origin isolated.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  // Only from the cache of another origin's request: nothing to fetch (a quirk of the developer tools).
  if (request.cache === "only-if-cached" && request.mode !== "same-origin") return;
  event.respondWith(fetch(request).then(isolated));
});

function isolated(response) {
  // Opaque answers (status 0) cannot be rebuilt; they bring their own Cross-Origin-Resource-Policy or are refused.
  if (response.status === 0 || response.type === "opaqueredirect") return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  if (response.type === "basic") headers.set("Cross-Origin-Resource-Policy", "same-origin");
  // These statuses have no body, and a Response with one would be refused (Fetch, "null body status").
  const body = [101, 103, 204, 205, 304].includes(response.status) ? null : response.body;
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}
