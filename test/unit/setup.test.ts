// When the set-up installs packages, which browser the tests get, and how CI counts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findBrowser } from "../../scripts/find-browser.mjs";
import { packagesAreInstalled } from "../../scripts/setup.mjs";
import { totals } from "../../scripts/test-totals.mjs";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vitrine-setup-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("packages", () => {
  const lock = {
    "": { version: "0.1.0" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/for-another-system": { version: "2.0.0", optional: true },
  };

  function install(packages: Record<string, { version: string }> | null) {
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: lock }));
    mkdirSync(join(folder, "node_modules"));
    if (packages !== null)
      writeFileSync(join(folder, "node_modules", ".package-lock.json"), JSON.stringify({ packages }));
    return packagesAreInstalled(folder);
  }

  test("are there", () => expect(install({ "node_modules/a": { version: "1.0.0" } })).toBe(true));
  test("are other versions", () => expect(install({ "node_modules/a": { version: "1.0.1" } })).toBe(false));
  test("are missing", () => expect(install({})).toBe(false));
  test("were never installed to the end", () => expect(install(null)).toBe(false));
  test("an optional one counts if it is there", () => {
    const packages = {
      "node_modules/a": { version: "1.0.0" },
      "node_modules/for-another-system": { version: "1.9.0" },
    };
    expect(install(packages)).toBe(false);
  });
});

describe("browser", () => {
  test("the chosen one goes before all else", () => {
    vi.stubEnv("VITRINE_CHROMIUM", process.execPath);
    expect(findBrowser()).toBe(process.execPath);
  });

  test("a chosen one that is no program is an error that names it", () => {
    const path = join(folder, "no-browser");
    vi.stubEnv("VITRINE_CHROMIUM", path);
    expect(() => findBrowser()).toThrow(`VITRINE_CHROMIUM names ${path}, which is no program.`);
  });
});

describe("totals", () => {
  function report(name: string, numPassedTests: number, numFailedTests: number, broken = false) {
    const failed = { name: "one", status: "failed", message: "…", assertionResults: [{ status: "failed" }] };
    const unloaded = { name: "two", status: "failed", message: "no such module", assertionResults: [] };
    const testResults = [...(numFailedTests > 0 ? [failed] : []), ...(broken ? [unloaded] : [])];
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify({ numPassedTests, numFailedTests, numPendingTests: 0, testResults }));
    return path;
  }

  beforeEach(() => {
    vi.spyOn(process.stdout, "write").mockReturnValue(true);
  });

  test("add up", () => {
    expect(totals([report("a", 3, 0), report("b", 4, 2)])).toEqual({ passed: 7, failed: 2 });
  });

  test("a file that could not be loaded is a failure", () => {
    expect(totals([report("a", 3, 0, true)])).toEqual({ passed: 3, failed: 1 });
  });

  test("two tests may need a second try, which is said, three may not", () => {
    const second = (count: number) => {
      const passed = (n: number) => ({
        status: "passed",
        fullName: `t${n}`,
        failureMessages: n < count ? ["late"] : [],
      });
      const testResults = [{ name: "one", status: "passed", assertionResults: [0, 1, 2, 3].map(passed) }];
      const path = join(folder, `${count}.json`);
      writeFileSync(path, JSON.stringify({ numPassedTests: 4, numFailedTests: 0, numPendingTests: 0, testResults }));
      return totals([path]);
    };
    expect(second(2)).toEqual({ passed: 4, failed: 0 });
    expect(process.stdout.write).toHaveBeenCalledWith("Passed at its second try: t1: late\n");
    expect(second(3)).toEqual({ passed: 4, failed: 1 });
  });

  test("a report that is missing is a failure", () => {
    expect(totals([join(folder, "none.json")])).toEqual({ passed: 0, failed: 1 });
  });
});
