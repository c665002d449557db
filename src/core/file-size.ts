/** The longest file that is read as a whole: as in `node:fs`. */
const maxFileBytes = 2 ** 31 - 1;

/** What has no size may have no end: a pipe, a device such as /dev/zero, what is in /proc. */
const maxUnsizedBytes = 64 * 1024 * 1024;

/**
 * Looks whether a file may be read on.
 * @param size what the file system says it has; 0 where that says nothing
 * @param readBytes what has been read of it so far
 * @throws `ERR_FS_FILE_TOO_LARGE`, as `node:fs` does
 */
export function checkFileSize(size: number, readBytes: number): void {
  if (Math.max(size, readBytes) > maxFileBytes) throw tooLarge(`File size (${size}) is greater than 2 GiB`);
  if (size === 0 && readBytes > maxUnsizedBytes)
    throw tooLarge('What has no size (a pipe, a device) is read up to 64 MiB, and there is more');
}

function tooLarge(message: string): Error {
  return Object.assign(new RangeError(message), { code: 'ERR_FS_FILE_TOO_LARGE' });
}
