import { VariantFolder, type Variant } from '../core/variants.js';
import type { Io } from './io.js';

/** Something worth seeing with one's own eyes: a file of its own in `demos/`, found by listing that folder. */
export interface Demo extends Variant {
  /** What it shows: its line in `archbench demo`. */
  readonly summary: string;
  /** Shows it; also a self-test: the exit code is 1 when what was seen is not what the text says. */
  readonly show: (io: Io, signal: AbortSignal) => Promise<number>;
}

export const demos = new VariantFolder<Demo>(new URL('./demos/', import.meta.url), 'demo');
