import { afterAll, beforeAll, expect } from 'vitest';
import { bothWorlds } from './both-worlds.ts';
import { World } from './world.ts';

/** One world for all tests of a file. */
export interface SharedWorld {
  /** Fails unless the expression ends in the isolate as it ends in Node. */
  agree(expression: string): Promise<void>;
  /** Value of an expression in the isolate. */
  evaluate(expression: string): Promise<unknown>;
  /** Value of an expression in the isolate, or the name of what it threw. */
  outcome(expression: string): Promise<unknown>;
}

/** Starts a world before the tests of a file and ends it after them. */
export function sharedWorld(): SharedWorld {
  let world: World;
  beforeAll(() => {
    world = World.start();
  });
  afterAll(() => world.end());
  return {
    async agree(expression) {
      const { ours, nodes } = await bothWorlds(world, expression);
      expect(ours, expression).toEqual(nodes);
    },
    async evaluate(expression) {
      return await world.evaluate(expression);
    },
    async outcome(expression) {
      const { ours } = await bothWorlds(world, expression);
      return 'error' in ours ? ours.error : ours.value;
    },
  };
}

/**
 * Code that calls methods of a fresh object one by one, and tells of each what it gave or threw and how the object then looks.
 */
export function scriptOf(fresh: string, calls: readonly (readonly unknown[])[], look: string): string {
  return `((it, seen) => {
    for (const [method, ...args] of ${JSON.stringify(calls)}) {
      try { const gave = it[method](...args); seen.push(gave === it || gave === undefined ? null : gave); } catch (error) { seen.push(error.name); }
      seen.push(${look});
    }
    return seen;
  })(${fresh}, [])`;
}
