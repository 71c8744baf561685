import type { WorkerContext } from '@greentic/sdk';
import { readJson } from './problem.ts';
import type { Ticket } from './ticket.ts';

const TIMEOUT_MS = 3000;

/** The address in a request to set the webhook, or null when there is none. */
export async function decodeWebhook(request: Request): Promise<string | null> {
  const { url } = ((await readJson(request)) ?? {}) as { url?: unknown };
  return typeof url === 'string' && /^https?:/.test(url) && URL.canParse(url) ? url : null;
}

/** Hex of HMAC-SHA256 over the body: who knows the key can tell that the message is ours. */
export async function signatureOf(body: string, key: Uint8Array<ArrayBuffer>): Promise<string> {
  const hmac = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', hmac, new TextEncoder().encode(body)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Tells the webhook, if one is set, about a ticket. A webhook that is down does not lose the ticket; `told` says so. */
export async function tell(ticket: Ticket, { state, secrets, telemetry }: WorkerContext): Promise<boolean> {
  const webhook = await state.get('webhook');
  if (webhook === null) return false;
  const body = JSON.stringify({ event: 'ticket.opened', ticket });
  const headers = {
    'content-type': 'application/json',
    'x-desk-signature': await signatureOf(body, await secrets.get('webhook-key')),
  };
  try {
    const response = await fetch(webhook.value, {
      method: 'POST',
      body,
      headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await telemetry.log('desk.webhook', { status: response.status });
    return response.ok;
  } catch {
    await telemetry.log('desk.webhook', { status: 0 });
    return false;
  }
}
