/** Methods that define a body: their requests say how long it is even when there is none (RFC 9110 §8.6). */
export const methodsWithBody: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
