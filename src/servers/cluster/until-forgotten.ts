import type { Worker } from 'node:cluster';

/** A message of `node:cluster` to a process: `newconn` brings a connection. */
type ClusterMessage = { readonly act?: unknown } | undefined;

/** The connection, as the primary holds it. */
interface Handle {
  readonly close: () => void;
}

/**
 * Resolves when a process has ended and nothing is kept for it any more. `node:cluster` forgets it at 'disconnect', and
 * closes a connection when the process says that it has it; neither comes when it ended with one on its way. Then the
 * primary would keep that connection, and the listening socket too, also for the next server that asks for any free port.
 */
export function untilForgotten({ process }: Worker): Promise<void> {
  const send = process.send.bind(process) as (...given: unknown[]) => boolean;
  let lastConnection: Handle | undefined;
  // A process is given one connection at a time, so that no other than the last can be on its way.
  process.send = (...given: unknown[]) => {
    const [message, handle] = given as [ClusterMessage, Handle];
    if (message?.act === 'newconn') lastConnection = handle;
    return send(...given);
  };
  let isDisconnected = false;
  process.once('disconnect', () => {
    isDisconnected = true;
  });
  return new Promise((resolve) => {
    // With 'close' all that the process has ever sent is read, and a 'disconnect' that is due comes at once.
    process.once('close', () =>
      setImmediate(() => {
        // To close what is closed does nothing.
        lastConnection?.close();
        if (!isDisconnected) process.emit('disconnect');
        resolve();
      }),
    );
  });
}
