import type { HttpResponse } from '../net/http/response.js';
import type { HttpRequest } from '../net/http/request.js';
import type { Application } from './application.js';
import { plain } from './content-types.js';
import { type Route, routes, sleepRoute } from './workload/routes.js';

const notFound: HttpResponse = { status: 404, headers: plain, body: 'not found\n' };
const notImplemented: HttpResponse = { status: 501, headers: plain, body: 'unknown method\n' };

/** Methods that exist (RFC 9110 §9, RFC 5789): on a route that has no use for one it is 405; any other is 501. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

/** What a path stands for: `/cpu/300` the route `cpu` and its argument `300`, `/250` the sleep route and `250`. */
interface Resolved {
  readonly route: Route;
  readonly argument: string;
}

/** Paths that are nothing but the name of a route. */
const bareRoutes: ReadonlyMap<string, Resolved> = new Map(
  Object.entries(routes).map(([name, route]) => [`/${name}`, { route, argument: '' }]),
);

function resolve(path: string): Resolved | undefined {
  const bare = bareRoutes.get(path);
  if (bare !== undefined) return bare;
  const slash = path.indexOf('/', 1);
  if (slash === -1) return /^\/\d+$/.test(path) ? { route: sleepRoute, argument: path.slice(1) } : undefined;
  const named = bareRoutes.get(path.slice(0, slash));
  return named?.route.hasArgument === true ? { route: named.route, argument: path.slice(slash + 1) } : undefined;
}

function methodNotAllowed(route: Route): HttpResponse {
  const allowed = route.methods.includes('GET') ? [...route.methods, 'HEAD'] : route.methods;
  return { status: 405, headers: { ...plain, Allow: allowed.join(', ') }, body: 'method not allowed\n' };
}

function handle(request: HttpRequest): ReturnType<Application['handle']> {
  const resolved = resolve(request.path);
  if (!knownMethods.has(request.method)) return notImplemented;
  if (resolved === undefined) return notFound;
  const { route, argument } = resolved;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  return route.methods.includes(method) ? route.handle(request, argument) : methodNotAllowed(route);
}

/** The built-in workload: the same requests cost the same work on every architecture. */
export function createWorkload(): Application {
  return { handle };
}
