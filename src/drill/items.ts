import * as v from 'valibot';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { boolean, integer, lenient } from './plan/schema.js';
import type { StepCompiler } from './plan/step-compiler.js';
import type { Blueprint, Step } from './run.js';
import type { Value } from './value.js';

/** A list of items that need not exist all at once. */
export interface Items {
  readonly length: number;
  readonly at: (index: number) => Value;
}

/** A random order has to be remembered: 8 bytes for each item that is picked. */
const maxShuffled = 10_000_000;

/** Keys that go with every source of items. */
export const selectionEntries = {
  shuffle: lenient(
    v.pipe(boolean, v.description('Items in a random order, the same for every iteration; --seed repeats it.')),
  ),
  pick: lenient(v.pipe(integer, v.metadata({ minimum: 0 }), v.description('Only so many of the items.'))),
  /** `each`: every iteration takes every item. `slice`: the items are dealt out, each goes to one iteration. */
  mode: v.optional(v.picklist(['each', 'slice'], "'each' or 'slice'")),
};

/**
 * The step's action once for each item, `item` and `index` set; both stay set afterwards.
 * @param items `undefined` when something is wrong with them, and said
 * @param mayPickMore whether `pick` may exceed the number of items
 */
export function repeatForItems(
  step: StepCompiler,
  items: Items | undefined,
  mayPickMore = false,
): readonly Blueprint[] {
  const action = step.compileAction();
  if (items === undefined) return [];
  const shuffle = step.node.get('shuffle')?.value === true;
  const pickNode = step.node.get('pick');
  const pick = typeof pickNode?.value === 'number' ? pickNode.value : undefined;
  if (pickNode !== undefined && pick !== undefined && (pick < 0 || (pick > items.length && !mayPickMore))) {
    step.diagnostics.error(
      pickNode,
      `'pick': expected a whole number from 0 to ${items.length}, the number of items, found ${pick}`,
    );
    return [];
  }
  const count = Math.min(pick ?? items.length, items.length);
  if (shuffle && count > maxShuffled) {
    step.diagnostics.error(
      step.node.locate(['shuffle']),
      `'shuffle': at most ${maxShuffled} items can be put in a random order, not ${count}`,
    );
    return [];
  }
  if (count > 1) step.plan.requests += 1;
  if (action === undefined || count === 0) return [];
  // Two lists of a plan are not in the same order.
  const salt = Math.imul(step.plan.requests, 0x9e_37_79_b1);
  const sliced = step.node.get('mode')?.value === 'slice';
  return [
    (run) => {
      const selected = select(items, count, shuffle ? run.seed ^ salt : undefined);
      return forEach(action(run), selected, sliced ? slices(selected.length, run.iterations) : undefined);
    },
  ];
}

/** From which item up to which one, exclusive, an iteration goes. */
type Slice = (iteration: number) => readonly [from: number, to: number];

/**
 * Deals `length` items out to iterations: in even runs when it is known how many iterations there are, so that
 * each item goes out exactly once; otherwise one to each, over and over.
 */
function slices(length: number, iterations: number | undefined): Slice {
  if (length === 0) return () => [0, 0];
  if (iterations === undefined) return (number) => [number % length, (number % length) + 1];
  return (number) => [Math.floor((number * length) / iterations), Math.floor(((number + 1) * length) / iterations)];
}

function forEach(step: Step, items: Items, slice: Slice | undefined): Step {
  return async (iteration) => {
    const [from, to] = slice === undefined ? [0, items.length] : slice(iteration.number);
    for (let index = from; index < to; index += 1) {
      iteration.set('item', items.at(index));
      iteration.set('index', index);
      const pending = step(iteration);
      if (pending !== undefined) await pending;
      if (iteration.run.stopping.aborted) return;
    }
  };
}

/**
 * The first `count` items, or `count` items in a random order: the same ones in the same order in every
 * iteration of a run, as in drill. The order costs memory by what is picked, not by what there is.
 */
function select(items: Items, count: number, seed: number | undefined): Items {
  if (seed === undefined) return { length: count, at: items.at };
  const random = xoroshiro128plus(seed);
  // Fisher and Yates, forwards and sparse: only places that were swapped are remembered.
  const moved = new Map<number, number>();
  const order = new Float64Array(count);
  for (let place = 0; place < count; place += 1) {
    const other = uniformInt(random, place, items.length - 1);
    order[place] = moved.get(other) ?? other;
    moved.set(other, moved.get(place) ?? place);
    moved.delete(place);
  }
  return { length: count, at: (index) => items.at(order[index] as number) };
}

/** A list that is there. */
export function itemsOf(list: readonly Value[]): Items {
  return { length: list.length, at: (index) => list[index] ?? null };
}
