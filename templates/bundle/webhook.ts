import type { WorkerContext } from '@greentic/sdk';
import type { Ticket } from './ticket.ts';

/** Hex of HMAC-SHA256 over the body: who knows the key can tell that the message is ours. */
export async function signatureOf(body: string, key: Uint8Array<ArrayBuffer>): Promise<string> {
  const hmac = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', hmac, new TextEncoder().encode(body)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * The webhook message about a ticket, signed. A worker has no network of its own: whoever delivers webhooks collects the
 * message here, and its receiver checks the signature.
 */
export async function webhookMessage(ticket: Ticket, { secrets }: WorkerContext): Promise<Response> {
  const body = JSON.stringify({ event: 'ticket.opened', ticket });
  const signature = await signatureOf(body, await secrets.get('webhook-key'));
  return new Response(body, { headers: { 'content-type': 'application/json', 'x-desk-signature': signature } });
}
