/** What goes wrong with a file, in words that say what to do. */

export function openError(path: string, error: NodeJS.ErrnoException): Error {
  if (error.code === "ENOENT") return new Error(`${path}: there is no such file`);
  if (error.code === "EISDIR") return new Error(`${path} is a folder`);
  if (error.code === "EACCES" || error.code === "EPERM") return new Error(`${path}: permission denied`);
  if (error.code === "EROFS") return new Error(`${path} is on a read-only file system`);
  return new Error(`${path}: ${error.message}`);
}

/** Of a file that was open already. */
export function ioError(path: string, error: NodeJS.ErrnoException): Error {
  switch (error.code) {
    case "ENOSPC":
      return new Error(
        `${path} cannot be written to: its file system is full. Make room there; the guest may try again`,
      );
    case "EDQUOT":
      return new Error(
        `${path} cannot be written to: your quota of disk space is used up. Make room; the guest may try again`,
      );
    case "EFBIG":
      return new Error(`${path} cannot be written to: its file system takes no larger files`);
    default:
      return new Error(
        `${path} cannot be used any more (${error.code ?? error.message}): see whether its disk is in order, then restart the machine`,
      );
  }
}

export function shortError(path: string): Error {
  return new Error(`${path} has become shorter while the machine used it: put the image back and restart the machine`);
}

export function removedError(path: string): Error {
  return new Error(
    `${path} was removed while the machine used it: what the guest writes will be lost; copy what you need out of the guest`,
  );
}
