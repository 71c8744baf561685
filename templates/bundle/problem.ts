/** An answer that says what is wrong (RFC 9457). */
export function problem(status: number, title: string): Response {
  return new Response(JSON.stringify({ status, title }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });
}

/** The request's body as JSON, of at most 64 KiB; undefined when it is none. */
export async function readJson(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.length > 64 * 1024) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
