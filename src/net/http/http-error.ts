/** A peer broke the rules or our limits: the connection cannot go on. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  /** What to answer before closing: 400, 408, 413, 417, 431, 501, 505; 502 for what a server sent. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
