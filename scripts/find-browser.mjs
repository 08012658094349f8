// Finds a Chromium-based browser for the tests; on Debian, as root, installs one.
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Complaint, runAsScript } from "./paths.mjs";
import { runProcess } from "./run-process.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];

function usualPlaces() {
  const { env, platform } = process;
  if (platform === "win32") {
    const folders = [env.PROGRAMFILES, env["PROGRAMFILES(X86)"], env.LOCALAPPDATA].filter(Boolean);
    const programs = ["Chromium", join("Google", "Chrome"), join("Microsoft", "Edge")];
    const files = ["chrome.exe", "msedge.exe"];
    return folders.flatMap((folder) =>
      programs.flatMap((program) => files.map((file) => join(folder, program, "Application", file))),
    );
  }
  if (platform === "darwin") {
    const programs = ["Chromium", "Google Chrome", "Microsoft Edge"];
    return ["/Applications", join(env.HOME ?? "", "Applications")].flatMap((folder) =>
      programs.map((program) => join(folder, `${program}.app`, "Contents", "MacOS", program)),
    );
  }
  return ["/snap/bin/chromium", "/opt/google/chrome/chrome", "/opt/microsoft/msedge/msedge"];
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of a browser, or undefined. VITRINE_CHROMIUM goes before all else, and must exist if set. */
export function findBrowser() {
  const chosen = process.env.VITRINE_CHROMIUM;
  if (chosen) {
    if (!isProgram(chosen)) throw new Complaint(`VITRINE_CHROMIUM names ${chosen}, which is no program.`);
    return chosen;
  }
  const inPath = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return [...(process.platform === "win32" ? [] : inPath), ...usualPlaces()].find(isProgram);
}

function isDebianAsRoot() {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get");
}

/** Path of a browser. Installs Debian's Chromium where that can be done without asking; else says what to do. */
export async function needBrowser() {
  const found = findBrowser();
  if (found !== undefined) return found;
  if (isDebianAsRoot() && !readFileSync("/etc/os-release", "utf8").includes("ID=ubuntu")) {
    process.stderr.write("Installing Chromium (apt-get) …\n");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const options = ["-o", "DPkg::Lock::Timeout=300", "-qq"];
    const log = [];
    for (const args of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
      const { status, output } = await runProcess("/usr/bin/apt-get", [...options, ...args], { env, capture: true });
      log.push(output);
      if (status !== 0) break;
    }
    const installed = findBrowser();
    if (installed !== undefined) return installed;
    process.stderr.write(log.join(""));
  }
  throw new Complaint(
    "The tests need a browser: install Chromium, Chrome or Edge, or set VITRINE_CHROMIUM to the path of one.",
  );
}

await runAsScript(import.meta.url, async () => {
  process.stdout.write(`${await needBrowser()}\n`);
  return 0;
});
