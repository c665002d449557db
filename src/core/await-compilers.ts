import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

/** Another thread that ends at the same moment takes the flag away; the next try has it. */
const mostTries = 100;

/**
 * Waits until V8 compiles nothing for the calling thread any more, some milliseconds at most: to be called before a
 * thread ends. Compilers run on threads of their own, and in Node 20 and 22 one that needs memory for a thread that Node
 * has forgotten already ends the whole process (`Assertion failed: (data.first) != nullptr`, node_platform.cc): seen once
 * in some hundred ends of busy servers with long answers.
 */
export function awaitCompilers(): void {
  for (let left = mostTries; left > 0 && !finalizeOptimization(); left--);
}

/** Whether the flag was there when it was parsed. It belongs to the process, so it is there for no longer. */
function finalizeOptimization(): boolean {
  setFlagsFromString('--allow-natives-syntax');
  try {
    // Waits for the thread's jobs, as V8 itself does when it disposes of a thread (src/runtime/runtime-test.cc).
    runInThisContext('%FinalizeOptimization()');
    return true;
  } catch {
    return false;
  } finally {
    setFlagsFromString('--no-allow-natives-syntax');
  }
}
