/**
 * A request got no reply: there was no connection, or it was lost; its time was over; one side broke the rules (a
 * request of one's own that breaks them is not even sent); or the client was closed.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  /**
   * `refused`: no connection, or the server has too many; `lost`: it broke; `timeout`; `protocol`: one side broke the
   * rules; `closed`: by `close`.
   */
  readonly code: 'refused' | 'lost' | 'timeout' | 'protocol' | 'closed';

  /** Of the request, where it was under way: what `send` resolves to. */
  readonly id: number | undefined;

  constructor(code: ClientError['code'], message: string, { cause, id }: { cause?: unknown; id?: number } = {}) {
    // An undefined one would be printed with the error.
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.id = id;
  }
}

export function lost(): ClientError {
  return new ClientError('lost', 'the connection was lost');
}

export function closed(): ClientError {
  return new ClientError('closed', 'the client was closed');
}

const mostWords = 200;
/** As in HTTP: nobody has broken a rule, and later there may be room. */
const tooManyConnections = 503;

/** The server ends the connection, and may say why; it may say very much. */
export function endedByServer(body: unknown, status: number): ClientError {
  const words = typeof body !== 'string' || body.length <= mostWords ? body : `${body.slice(0, mostWords)}…`;
  const reason = typeof words === 'string' && words !== '' ? words : status;
  return status === tooManyConnections
    ? new ClientError('refused', `the server refuses the connection: ${reason}`)
    : new ClientError('protocol', `the server ends the connection: ${reason}`);
}
