import { UserError } from '../../core/errors.js';
import type { Origin } from '../transport.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** URLs of the proxies that the environment names, as curl and others read it: lower case first; '' is none. */
export interface Proxies {
  readonly http: string;
  readonly https: string;
  /** Hosts that are reached without: `localhost, .example.com, 10.0.0.1:8080`, or `*`. */
  readonly except: string;
}

/** @throws {UserError} when a variable names no proxy that there can be */
export function proxiesOf(env: Environment): Proxies {
  const variable = (name: string): string | undefined => env[name.toLowerCase()] ?? env[name];
  const proxy = (name: string): string => {
    const named = variable(name) === undefined ? 'ALL_PROXY' : name;
    return proxyUrl(named, variable(named) ?? '');
  };
  return { http: proxy('HTTP_PROXY'), https: proxy('HTTPS_PROXY'), except: variable('NO_PROXY') ?? '' };
}

/** `host:port` is short for `http://host:port`. */
function proxyUrl(name: string, text: string): string {
  if (text === '') return '';
  const url = text.includes('://') ? text : `http://${text}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new UserError(`the variable ${name} is '${text}', which is not the URL of a proxy, such as http://host:3128`);
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
