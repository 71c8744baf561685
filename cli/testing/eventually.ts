const EVERY_MS = 20;

/** Looks until a look gives something other than undefined or false, and gives it; throws when that takes too long. */
export async function eventually<T>(look: () => Promise<T>, deadlineMs = 45_000): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false && seen !== null) return seen;
    if (performance.now() > end) throw new Error(`Not seen within ${deadlineMs} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
