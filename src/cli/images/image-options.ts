/** The options of `vitrine images build`. */
import { UsageError } from "../usage-error.ts";

export interface ImageOptions {
  help: boolean;
  /** Path of the disk image; kernel and initrd lie beside it. */
  out: string;
  bytes: number;
  packages: readonly string[];
  suite: string;
  mirror: string;
  /** Who runs the second stage. */
  engine: "vitrine" | "qemu";
  /** The guest's console is shown. */
  verbose: boolean;
}

const PACKAGES = ["python3", "lua5.4", "sqlite3", "gcc", "libc6-dev", "gdb", "git"];
const LEAST_BYTES = 512 * 2 ** 20;
const MOST_BYTES = 64 * 2 ** 30;

export const IMAGES_USAGE = `Usage: vitrine images build debian [options]
       vitrine images commit IMAGE OVERLAY
       vitrine images export IMAGE OVERLAY OUT

commit writes what a guest has kept in an overlay (-drive file=IMAGE,overlay=OVERLAY) into the image and empties the overlay;
export writes both together to a new image and leaves them as they are. Not while a machine has them.

build makes a disk image with Debian, from Debian's packages: fetches and unpacks them here, then boots a machine in which dpkg
configures them. Needs a Debian or Ubuntu host (apt, dpkg, e2fsprogs, xz-utils), but not root.

  --out FILE          the disk image (default debian.ext4); kernel and initrd become FILE.kernel and FILE.initrd
  --size SIZE         size of the disk, such as 2G (default) or 900M; the file takes what is used
  --packages LIST     packages besides the base system, separated by commas
                      (default ${PACKAGES.join(",")})
  --suite NAME        Debian's release (default trixie)
  --mirror URL        where packages come from (default http://deb.debian.org/debian)
  --with vitrine|qemu who runs the second stage (default vitrine, some minutes)
  --verbose           show the guest's console
  --help              this text
`;

/** Throws a UsageError that names the option at fault. */
export function parseImageOptions(args: readonly string[]): ImageOptions {
  const options: ImageOptions = {
    help: false,
    out: "debian.ext4",
    bytes: 2 * 2 ** 30,
    packages: PACKAGES,
    suite: "trixie",
    mirror: "http://deb.debian.org/debian",
    engine: "vitrine",
    verbose: false,
  };
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const written = args[at]!;
    const value = (pattern: RegExp, what: string): string => {
      const text = args[++at];
      if (text === undefined) throw new UsageError(`${written} needs a value`);
      if (!pattern.test(text)) throw new UsageError(`${written}: "${text}" is not ${what}`);
      return text;
    };
    if (!written.startsWith("-")) words.push(written);
    else if (written === "--help" || written === "-h") options.help = true;
    else if (written === "--verbose") options.verbose = true;
    else if (written === "--out") options.out = value(/^[^,]*[^,/]$/, "the name of a file, without commas");
    else if (written === "--size") options.bytes = size(written, value(/^\d+[MG]$/i, "a size such as 2G or 900M"));
    else if (written === "--suite") options.suite = value(/^[a-z][a-z-]*$/, "the name of a release");
    else if (written === "--mirror")
      options.mirror = value(/^https?:\/\/[^\s\]]+$/, "an address that begins with http");
    else if (written === "--with") options.engine = value(/^(vitrine|qemu)$/, "vitrine or qemu") as "vitrine" | "qemu";
    else if (written === "--packages") {
      const list = value(/^[a-z0-9][a-z0-9+.-]+(,[a-z0-9][a-z0-9+.-]+)*$|^$/, "a list of package names");
      options.packages = list.split(",").filter((name) => name !== "");
    } else throw new UsageError(`unknown option: ${written}`);
  }
  if (!options.help) expectWords(words);
  return options;
}

function expectWords([verb, system, ...rest]: readonly string[]): void {
  if (verb !== "build") throw new UsageError("vitrine images knows only: build debian, commit, export");
  if (system !== "debian") throw new UsageError(`vitrine images build ${system ?? ""}: only debian can be built`);
  if (rest[0] !== undefined) throw new UsageError(`"${rest[0]}" is one word too many`);
}

function size(option: string, text: string): number {
  const bytes = Number.parseInt(text, 10) * (/g$/i.test(text) ? 2 ** 30 : 2 ** 20);
  if (bytes < LEAST_BYTES || bytes > MOST_BYTES) throw new UsageError(`${option}: ${text} is not between 512M and 64G`);
  return bytes;
}
