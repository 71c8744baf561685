const EVERY_MS = 10;

/** Waits until a look gives something other than undefined or false, and gives it; throws when that takes too long. */
export async function eventually<T>(look: () => T | Promise<T>, deadlineMs = 40_000): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false && seen !== null) return seen;
    if (performance.now() > end) throw new Error(`Not seen within ${deadlineMs} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
