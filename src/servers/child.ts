// The entry of a server's child process: starts one architecture, tells the parent, and does what it says.
// Ends when the server has closed, when the parent vanishes, or at SIGTERM; never later than the grace time allows.
import process from 'node:process';
import { UserError } from '../core/errors.js';
import { surviveLostTerminal } from '../core/lost-terminal.js';
import { unsupportedReason } from '../net/sys/platform.js';
import { dieWithParent } from '../net/sys/process.js';
import { failureText } from './failure-text.js';
import { surviveUnreadOutput, tellParent } from './processes/parent.js';
import { killGroup } from './processes/process-group.js';
import type { ChildStart, FromChild, ToChild } from './child-messages.js';
import { explainStart } from './start-failure.js';
import { userErrorMessage } from './user-error-message.js';

function tell(message: FromChild): void {
  tellParent(message);
}

// A thread inside a system call cannot be ended by its process (`process.exit` would wait for it): the kernel can.
function killSelf(): never {
  killGroup(process.pid);
  throw new Error('unreachable');
}

/** What is not done when the grace time is over gets little more: we can end any thread with the process. */
const abortMs = 50;

// Nothing is left behind when the parent is killed: the kernel sees to that even while we compute, and where there are
// no system calls of our own, the channel does. The parent may be gone before our first line runs; and everything heavy
// is imported after these lines, so that it may also go while we load.
process.once('disconnect', killSelf);
if (unsupportedReason() === undefined) dieWithParent();
if (!process.connected) killSelf();
// Until it listens there is nothing to finish.
process.on('SIGTERM', killSelf);
// The parent decides what Ctrl-C and a closed terminal mean.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
surviveLostTerminal(process);

const options = JSON.parse(process.argv[2] ?? '') as ChildStart;

function fail(error: unknown): void {
  const message: FromChild =
    error instanceof UserError ? userErrorMessage(error) : { kind: 'failed', text: failureText(error) };
  tellParent(message, killSelf);
}

process.on('uncaughtException', fail);
if (options.app !== undefined) surviveUnreadOutput();

try {
  const { startServer } = await import('./host.js');
  const server = await startServer({
    ...options,
    abortMs,
    log: (level, message) => tell({ kind: 'log', level, message }),
    onFailure: fail,
    onProgress: () => tell({ kind: 'progress' }),
  });
  const close = async (): Promise<void> => {
    if (!(await server.close())) killSelf();
    process.off('disconnect', killSelf);
    // Whatever timers an application has left.
    process.once('disconnect', () => process.exit());
    if (process.connected) process.disconnect();
  };
  process.on('message', (message: ToChild) => {
    if (message.kind === 'close') {
      tell({ kind: 'closing' });
      void close();
    } else void server.stats().then((stats) => tell({ kind: 'stats', call: message.call, stats }));
  });
  process.off('SIGTERM', killSelf);
  process.on('SIGTERM', () => void close());
  const { id, url, port, settings } = server;
  tell({ kind: 'ready', id, url, port, settings });
} catch (error) {
  // `startServer` has explained what it met. Left is its import, which takes descriptors too, wherever it shall listen.
  fail(explainStart(error, { host: options.host ?? '', port: options.port ?? 0 }));
}
