import type { Origin } from '../transport.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxies that the environment names, as curl and others read it: lower case first; '' is none. */
export interface Proxies {
  readonly http: string;
  readonly https: string;
  /** Hosts that are reached without: `localhost, .example.com, 10.0.0.1:8080`, or `*`. */
  readonly except: string;
}

export function proxiesOf(env: Environment): Proxies {
  const variable = (name: string): string | undefined => env[name.toLowerCase()] ?? env[name];
  const all = variable('ALL_PROXY') ?? '';
  return {
    http: variable('HTTP_PROXY') ?? all,
    https: variable('HTTPS_PROXY') ?? all,
    except: variable('NO_PROXY') ?? '',
  };
}

/** Whether requests to an origin go through a proxy. */
export function isProxied({ scheme, hostname, port }: Origin, proxies: Proxies): boolean {
  if (proxies[scheme] === '') return false;
  return !proxies.except.split(/[\s,]+/).some((exception) => {
    if (exception === '*') return true;
    const [, host = '', only] = /^(.*?)(?::(\d+))?$/.exec(exception) as RegExpExecArray;
    if (host === '' || (only !== undefined && Number(only) !== port)) return false;
    const domain = host.replace(/^\*?\./, '').toLowerCase();
    return hostname.toLowerCase() === domain || hostname.toLowerCase().endsWith(`.${domain}`);
  });
}
