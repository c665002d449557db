import { readdirSync } from 'node:fs';
import { dropNewcomers } from '../../net/sys/newcomers.js';
import { unsupportedReason } from '../../net/sys/platform.js';
import { isListening, localPort } from '../../net/sys/socket.js';

/** Keeps newcomers away from the primary's listening socket, which `node:cluster` keeps to itself: by its port. */
export function dropNewcomersAt(port: number): void {
  if (unsupportedReason() !== undefined) return;
  const listener = readdirSync('/proc/self/fd')
    .map(Number)
    .find((fd) => isListening(fd) && localPort(fd) === port);
  if (listener !== undefined) dropNewcomers(listener);
}
