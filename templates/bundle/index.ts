import type { BundleHandler, WorkerContext } from '@greentic/sdk';
import { problem } from './problem.ts';
import { SessionCookie } from './session.ts';
import { decodeTicket, TicketBook } from './ticket.ts';
import { webhookMessage } from './webhook.ts';

const SESSION_SECONDS = 3600;

/** A support desk. POST /tickets, GET /tickets, GET /tickets/<n>, and GET /tickets/<n>/webhook for the signed message about it. */
export default {
  async fetch(request, context) {
    const started = performance.now();
    const { pathname } = new URL(request.url);
    const response = await route(request, pathname, context);
    const attributes = { method: request.method, status: response.status };
    await context.telemetry.span('desk.request', performance.now() - started, attributes);
    return response;
  },
} satisfies BundleHandler;

async function route(request: Request, pathname: string, context: WorkerContext): Promise<Response> {
  const book = new TicketBook(context.state);
  const { revision, customer } = context.identity;
  const [, number, webhook] = /^\/tickets\/([1-9][0-9]{0,8})(\/webhook)?$/.exec(pathname) ?? [];
  if (request.method === 'GET' && number !== undefined) {
    const ticket = await book.find(Number(number));
    if (ticket === null) return problem(404, 'There is no such ticket.');
    return webhook === undefined ? Response.json(ticket) : await webhookMessage(ticket, context);
  }
  switch (`${request.method} ${pathname}`) {
    case 'GET /':
      return Response.json({ desk: 'support', revision, customer });
    case 'GET /tickets':
      return Response.json({ tickets: await book.list() });
    case 'POST /tickets':
      return await openTicket(request, book, context);
    default:
      return problem(404, 'There is nothing here.');
  }
}

async function openTicket(request: Request, book: TicketBook, context: WorkerContext): Promise<Response> {
  const draft = await decodeTicket(request);
  if (typeof draft === 'string') return problem(400, draft);
  const cookie = SessionCookie.of(request);
  const from = draft.from ?? (await context.sessions.get(cookie.id));
  if (from === null) return problem(400, 'Say who you are once: give "from".');
  await context.sessions.put(cookie.id, from, { ttlSeconds: SESSION_SECONDS });
  const ticket = await book.open({ from, subject: draft.subject });
  await context.telemetry.metric('desk.tickets', 1, { from_session: draft.from === undefined });
  const headers = { location: `/tickets/${ticket.number}`, 'set-cookie': cookie.header(SESSION_SECONDS) };
  return Response.json(ticket, { status: 201, headers });
}
