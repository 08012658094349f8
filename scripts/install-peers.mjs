// Installs the Debian packages that the tests compare with (scripts/peers-packages.json) and a browser. For .ci/run, as root.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { findBrowser } from "./find-browser.mjs";
import { at, Complaint, runAsScript } from "./paths.mjs";
import { runProcess } from "./run-process.mjs";

const aptOptions = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3", "-q"];

async function apt(...args) {
  const { status } = await runProcess("/usr/bin/apt-get", [...aptOptions, ...args]);
  if (status !== 0) throw new Complaint(`apt-get ${args[0]} failed with status ${status}.`);
}

/** Version of an installed package, or "". */
async function installedVersion(name) {
  const { status, output } = await runProcess("/usr/bin/dpkg-query", ["--showformat=\u0024{Version}", "--show", name], {
    capture: true,
  });
  return status === 0 ? output : "";
}

/** Makes backports known to apt; its packages are taken only where named, by their low priority. */
function addBackports(suite) {
  const folder = "/etc/apt/sources.list.d";
  const known = ["/etc/apt/sources.list", ...readdirSync(folder).map((name) => `${folder}/${name}`)];
  if (known.some((path) => existsSync(path) && readFileSync(path, "utf8").includes(suite))) return;
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  writeFileSync(
    `${folder}/vitrine-backports.list`,
    `deb [signed-by=${keyring}] http://deb.debian.org/debian ${suite} main\n`,
  );
}

await runAsScript(import.meta.url, async () => {
  const { packages } = JSON.parse(readFileSync(at("scripts", "peers-packages.json"), "utf8"));
  const missing = [];
  for (const wanted of packages) {
    const version = await installedVersion(wanted.name);
    if (version === "" || (wanted.version !== undefined && !version.startsWith(wanted.version))) missing.push(wanted);
  }
  const browser = findBrowser() === undefined ? ["chromium"] : [];
  if (missing.length === 0 && browser.length === 0) return 0;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    const names = [...missing.map(({ name }) => name), ...browser];
    throw new Complaint(`Install these Debian packages as root, then try again: ${names.join(" ")}`);
  }
  for (const { suite } of missing) if (suite !== undefined) addBackports(suite);
  await apt("update");
  const plain = missing.filter(({ suite }) => suite === undefined).map(({ name }) => name);
  if (plain.length + browser.length > 0) await apt("install", "-y", "--no-install-recommends", ...plain, ...browser);
  for (const { name, suite, version } of missing) {
    if (suite === undefined) continue;
    await apt("install", "-y", "--no-install-recommends", "-t", suite, name);
    const now = await installedVersion(name);
    if (!now.startsWith(version)) throw new Complaint(`${name} is ${now}; the tests need ${version}.`);
  }
  return 0;
});
