/** What a peer may make us keep in memory. */
export interface HttpLimits {
  /** Request or status line and header section, and separately everything of a chunked body that is not data. */
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
}

/** A server's limits, where it is told no others. */
export const requestLimits: HttpLimits = { maxHeaderBytes: 16_384, maxBodyBytes: 1_048_576 };

/** A client's: it chose the server. The body limit holds for bodies that are kept, not for those read and dropped. */
export const responseLimits: HttpLimits = { maxHeaderBytes: 65_536, maxBodyBytes: 67_108_864 };
