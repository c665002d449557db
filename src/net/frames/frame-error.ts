/** A peer broke the rules of frames, or a limit: the connection cannot go on, unless it is a `RequestError`. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}
