import { inspect, types } from 'node:util';
import { longestTimerMs } from '../core/clock.js';
import { fieldValuePattern, tokenPattern } from '../net/http/characters.js';
import type { Effect, Effects, Handler, HttpResponse } from './application.js';

/**
 * A user's handler whose effects and answers are looked at before anything is done with them: what is wrong is thrown
 * where its author sees it (a 500, and the sentence in the log), and nothing that is no HTTP reaches the wire.
 */
export function checkedHandler(handle: Handler): Handler {
  return (request) => {
    const answer: unknown = handle(request);
    return isCoroutine(answer) ? checkedCoroutine(answer) : checkedResponse(answer);
  };
}

/** Whether it is a coroutine: a generator, or an iterator of the user's own making, which need have no more than `next`. */
function isCoroutine(answer: unknown): answer is Iterator<unknown, unknown, unknown> {
  return hasMethod(answer, 'next') && !has(answer, Symbol.asyncIterator);
}

/** Whether it is an object with such a method. */
function hasMethod(value: unknown, key: PropertyKey): boolean {
  try {
    return has(value, key) && typeof (value as Readonly<Record<PropertyKey, unknown>>)[key] === 'function';
  } catch {
    return false;
  }
}

/** Whether it is an object with such a property. Whoever made it may have made it throw when it is asked. */
function has(value: unknown, key: PropertyKey): value is object {
  try {
    return typeof value === 'object' && value !== null && key in value;
  } catch {
    return false;
  }
}

/** `yield*`, with a look at what is yielded. */
function* checkedCoroutine(coroutine: Iterator<unknown, unknown, unknown>): Effects<HttpResponse> {
  let step: IteratorResult<unknown> | undefined;
  try {
    step = checkedStep(coroutine.next());
    while (step.done !== true) {
      let value: unknown;
      try {
        value = yield checkedEffect(step.value);
      } catch (error) {
        if (coroutine.throw === undefined) throw error;
        step = checkedStep(coroutine.throw(error));
        continue;
      }
      step = checkedStep(coroutine.next(value));
    }
    return checkedResponse(step.value);
  } finally {
    // The peer was lost while it waited.
    if (step?.done === false) coroutine.return?.(undefined);
  }
}

/** Of an iterator of the user's own making. */
function checkedStep(step: IteratorResult<unknown> | null | undefined): IteratorResult<unknown> {
  if (typeof step === 'object' && step !== null) return step;
  throw mistake(`the next of an iterator must give { value, done }, found ${nameOf(step)}`);
}

/** A copy of an effect in which nothing is wrong. */
function checkedEffect(effect: unknown): Effect {
  if (isCoroutine(effect))
    throw mistake('a handler yields effects, found a coroutine: yield* goes into it, with a star');
  const { kind, ms, task, path } = has(effect, 'kind') ? (effect as Readonly<Record<string, unknown>>) : {};
  switch (kind) {
    case 'sleep':
      if (typeof ms === 'number' && ms <= longestTimerMs) return { kind, ms };
      throw mistake(`sleep expects a number of milliseconds, up to ${longestTimerMs}, found ${shown(ms)}`);
    case 'cpu':
      if (typeof task !== 'function') throw mistake(`cpu expects a function, found ${shown(task)}`);
      if (types.isGeneratorFunction(task))
        throw mistake('cpu expects a function that computes at once, found a generator');
      return { kind, task: () => checkedResult((task as () => unknown)()) };
    case 'readFile':
      if (typeof path === 'string') return { kind, path };
      throw mistake(`readFile expects a path as a text, found ${shown(path)}`);
    case 'stats':
      return { kind };
    default:
      throw mistake(`a handler may yield sleep, cpu, readFile and stats, found ${shown(effect)}`);
  }
}

/** What a CPU-bound task gives: it is done when it returns. */
function checkedResult(result: unknown): unknown {
  if (isPromise(result)) throw mistake('cpu expects a function that computes at once, found an async one');
  return result;
}

const setByServer = new Set(['content-length', 'connection', 'date', 'trailer', 'transfer-encoding']);

/** What was found right of a frozen response, which is a constant: to be found once. */
const constants = new WeakMap<object, HttpResponse>();

/** A copy of a response in which nothing is wrong: what was looked at is what is sent, whatever getters say later. */
function checkedResponse(answer: unknown): HttpResponse {
  if (!has(answer, 'status'))
    throw mistake(`handle must return { status, headers?, body? } or a generator of effects, found ${nameOf(answer)}`);
  const known = constants.get(answer);
  if (known !== undefined) return known;
  const { status, headers = {}, body } = answer as Readonly<Record<string, unknown>>;
  if (!Number.isInteger(status) || Number(status) < 200 || Number(status) > 599)
    throw mistake(`the status of a response must be a whole number from 200 to 599, found ${shown(status)}`);
  // Arrays, maps, promises and dates are objects too, with other keys, or none.
  if (typeof headers !== 'object' || headers === null || kindOfObject(headers) !== 'object')
    throw mistake(`the headers of a response must be an object such as { Allow: 'GET' }, found ${nameOf(headers)}`);
  const entries = Object.entries(headers).filter(([, value]) => value !== undefined);
  const checked: HttpResponse = {
    status: Number(status),
    headers: Object.fromEntries(entries.map(([name, value]) => [name, checkedHeader(name, value)])),
    // Reset Content has none (RFC 9110 §15.3.6), and unlike others without one says so by its length.
    ...(body === undefined || status === 205 ? {} : { body: checkedBody(body) }),
  };
  if (!Object.isFrozen(answer)) return checked;
  constants.set(answer, Object.freeze(checked));
  return checked;
}

function checkedBody(body: unknown): string | Uint8Array {
  if (typeof body === 'string') return body;
  // `instanceof` would also take an object that only claims to be one.
  if (types.isUint8Array(body)) return bytesOf(body);
  throw mistake(`the body of a response must be a text or bytes (Uint8Array), found ${nameOf(body)}`);
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;

/** What the engine knows of some bytes, whatever a class of the user's says of them. */
function intrinsic(body: Uint8Array, name: 'buffer' | 'byteOffset' | 'byteLength'): unknown {
  return Reflect.get(typedArray, name, body);
}

/** The very bytes: what lies behind them in memory is somebody else's. */
function bytesOf(body: Uint8Array): Uint8Array {
  try {
    return Buffer.from(
      intrinsic(body, 'buffer') as ArrayBuffer,
      intrinsic(body, 'byteOffset') as number,
      intrinsic(body, 'byteLength') as number,
    );
  } catch {
    throw mistake('the body of a response has no bytes any more: its buffer was transferred');
  }
}

function checkedHeader(name: string, value: unknown): string | readonly string[] {
  if (!tokenPattern.test(name)) throw mistake(`${JSON.stringify(name)} is no name of a header`);
  if (setByServer.has(name.toLowerCase())) throw mistake(`the header ${name} is the server's to set`);
  // A hole in a list is no text either.
  return Array.isArray(value) ? Array.from(value, (one) => checkedValue(name, one)) : checkedValue(name, value);
}

function checkedValue(name: string, value: unknown): string {
  if (typeof value === 'string' && fieldValuePattern.test(value)) return value;
  throw mistake(`the header ${name} must be a text of visible Latin-1 characters, or a list, found ${shown(value)}`);
}

/** Its stack would show our code: the sentence says what its author needs. */
function mistake(message: string): TypeError {
  const error = new TypeError(message);
  error.stack = String(error);
  return error;
}

/** Whether it is a promise: nobody waits for it, and what it rejects with is nobody's failure. */
export function isPromise(value: unknown): boolean {
  if (!types.isPromise(value)) return false;
  void Promise.prototype.then.call(value, undefined, () => undefined);
  return true;
}

/** What something is, for a message. */
export function nameOf(value: unknown): string {
  if (isPromise(value)) return 'a promise (yield effects instead of awaiting)';
  if (has(value, Symbol.asyncIterator)) return 'an async generator (yield effects instead of awaiting)';
  if (value === null || value === undefined) return String(value);
  const kind = typeof value === 'object' ? kindOfObject(value) : typeof value;
  return `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`;
}

/** `object`, or what it says of itself: `Map`. Whoever made it may have made it throw when it is asked. */
function kindOfObject(value: object): string {
  try {
    const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
    return kind === 'Object' ? 'object' : kind;
  } catch {
    return 'object';
  }
}

const mostShown = 100;

/** A value as its author would write it, in one line. */
function shown(value: unknown): string {
  if (isPromise(value)) return nameOf(value);
  const text = inspect(value, {
    depth: 1,
    compact: true,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: mostShown,
  });
  return text.length <= mostShown ? text : `${text.slice(0, mostShown)}…`;
}
