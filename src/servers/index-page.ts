import { fileURLToPath } from 'node:url';

/**
 * The file that `GET /{ms}` sends. Named here, in the folder of `thread.ts`, because its address is relative to this
 * module, and threads run a bundle of their modules that lies in this folder.
 */
export const indexPath = fileURLToPath(new URL('../../../static/index.html', import.meta.url));
