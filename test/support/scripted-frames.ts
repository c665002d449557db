import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { FrameDecoder } from '../../src/net/frames/frame-decoder.js';
import type { FrameRequest } from '../../src/net/frames/messages.js';

/** A server that does with each connection what the test says. */
export async function scripted(serve: (socket: Socket, requests: AsyncIterable<FrameRequest>) => Promise<void>) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    void serve(socket, requestsOf(socket)).catch(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

/** What comes on a socket, as messages. */
export async function* requestsOf(socket: Socket): AsyncGenerator<FrameRequest> {
  const decoder = new FrameDecoder(64e6);
  for await (const chunk of socket) {
    decoder.feed(chunk as Buffer);
    for (let frame; (frame = decoder.next()) !== undefined;) yield frame.message as FrameRequest;
  }
}

/** A port that refuses connections. */
export async function refusingPort(): Promise<number> {
  await using server = await scripted(async () => undefined);
  return server.port;
}

/** What a program prints that has a `client`, in a process of its own, which ends when nothing keeps it alive. */
export async function printed(port: number, program: string): Promise<string> {
  const client = new URL('../../src/client/client.js', import.meta.url).href;
  const source = `import { Client } from '${client}'; const client = new Client({ port: ${port} }); ${program}`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--unhandled-rejections=strict', '--input-type=module', '--eval', source],
    { timeout: 20_000 },
  );
  return stdout;
}

/** More than a connection takes from a client whose server does not read. */
export const large = 'x'.repeat(16e6);

/** A server of one connection, whose bytes nobody reads until the test does. */
export async function unread() {
  let accept: (socket: Socket) => void;
  const accepted = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  return { accepted, ...(await scripted(async (socket) => accept(socket))) };
}
