import type { ClientError } from '../../client/client.js';
import { aborted, connectFailure, type Reason, timedOut } from '../wire/failures.js';

/** Why a call has no reply: the words of requests that have no response, where there are such. */
export function reasonOf({ code, message, cause }: ClientError): Reason {
  switch (code) {
    case 'refused': {
      const failed = cause as NodeJS.ErrnoException | undefined;
      return failed === undefined ? { class: 'connect', message } : connectFailure(failed.code ?? failed.message);
    }
    case 'lost':
      return { class: 'reset', message: 'connection lost' };
    case 'timeout':
      return timedOut;
    case 'protocol':
      return { class: 'protocol', message };
    case 'closed':
      return aborted;
  }
}
