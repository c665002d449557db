// A model as a bench scientist would run it: an enzyme turns a substrate into a product (Michaelis and Menten, 1913),
//
//   d[P]/dt = Vmax · [S] / (Km + [S])        d[S]/dt = −d[P]/dt
//
// integrated in small steps, so that a question costs CPU time. Answers are kept: asked again, they cost nothing.
//
//   archbench serve --app examples/reaction.mjs --mode pooled --set app.steps=200000
//   curl 'http://127.0.0.1:8080/product?substrate=10&vmax=1.5&km=2&seconds=60'
//   archbench drill plans/reaction.yml --base http://127.0.0.1:8080
//
// The same file runs on every architecture: it never blocks, waits or computes by itself, it yields effects.
import { cpu } from 'archbench/app';

const json = { 'Content-Type': 'application/json' };

/** @type {(status: number, value: unknown) => import('archbench/app').HttpResponse} */
const answer = (status, value) => ({ status, headers: json, body: `${JSON.stringify(value)}\n` });

/** @typedef {{ substrate: number, vmax: number, km: number, seconds: number }} Conditions */

/**
 * Product after `seconds`: the classical Runge–Kutta method, fourth order.
 * @type {(conditions: Conditions, steps: number) => number}
 */
function integrate({ substrate, vmax, km, seconds }, steps) {
  /** @type {(left: number) => number} */
  const rate = (left) => (vmax * left) / (km + left);
  const h = seconds / steps;
  let left = substrate;
  for (let step = 0; step < steps; step++) {
    const k1 = rate(left);
    const k2 = rate(left - (h / 2) * k1);
    const k3 = rate(left - (h / 2) * k2);
    const k4 = rate(left - h * k3);
    left = Math.max(0, left - (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4));
  }
  return substrate - left;
}

/** @type {import('archbench/app').CreateApp} */
export default function createApp(settings) {
  const { steps: text = '100000' } = settings;
  const steps = Number(text);
  if (!Number.isInteger(steps) || steps < 1) throw new Error(`app.steps must be a whole number, found ${text}`);
  // State of this thread: each thread creates its own application, so no lock is needed, and none is shared.
  /** @type {Map<string, number>} */
  const known = new Map();
  const mostKnown = 10_000;
  let computed = 0;

  return {
    *handle(request) {
      if (request.path === '/computed') return answer(200, { computed, known: known.size });
      if (request.path !== '/product') return answer(404, { error: 'ask for /product or /computed' });
      const query = new URLSearchParams(request.query);
      /** @type {(name: string) => number} */
      const numberOf = (name) => Number(query.get(name) ?? Number.NaN);
      const conditions = {
        substrate: numberOf('substrate'),
        vmax: numberOf('vmax'),
        km: numberOf('km'),
        seconds: numberOf('seconds'),
      };
      const wrong = Object.entries(conditions).find(([, value]) => !(value > 0));
      if (wrong !== undefined) return answer(400, { error: `${wrong[0]} must be a number above 0` });
      const key = Object.values(conditions).join(' ');
      let product = known.get(key);
      const cached = product !== undefined;
      if (product === undefined) {
        product = yield* cpu(() => integrate(conditions, steps));
        computed += 1;
        if (known.size < mostKnown) known.set(key, product);
      }
      return answer(200, { product, cached });
    },
  };
}
