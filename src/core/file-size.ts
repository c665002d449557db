/** The longest file that is read as a whole: as in `node:fs`. */
export const maxFileBytes = 2 ** 31 - 1;

/** What `readFile` throws of a longer one. */
export function fileTooLarge(size: number): Error {
  return Object.assign(new RangeError(`File size (${size}) is greater than 2 GiB`), { code: 'ERR_FS_FILE_TOO_LARGE' });
}
