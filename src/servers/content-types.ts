// Headers that say what a body is, for answers of our own.

export const plain = Object.freeze({ 'Content-Type': 'text/plain; charset=utf-8' });
export const json = Object.freeze({ 'Content-Type': 'application/json' });
export const html = Object.freeze({ 'Content-Type': 'text/html; charset=utf-8' });
export const binary = Object.freeze({ 'Content-Type': 'application/octet-stream' });
