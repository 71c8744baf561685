import type { BundleHandler, WorkerContext } from '@greentic/sdk';
import { problem } from './problem.ts';
import { SessionCookie } from './session.ts';
import { decodeTicket, TicketBook } from './ticket.ts';
import { decodeWebhook, tell } from './webhook.ts';

const SESSION_SECONDS = 3600;

/** A support desk. POST /tickets, GET /tickets and GET /tickets/<n>; PUT /webhook sets who is told. */
export default {
  async fetch(request, context) {
    const started = performance.now();
    const { pathname } = new URL(request.url);
    const response = await route(request, pathname, context);
    await context.telemetry.span('desk.request', performance.now() - started, {
      method: request.method,
      status: response.status,
    });
    return response;
  },
} satisfies BundleHandler;

async function route(request: Request, pathname: string, context: WorkerContext): Promise<Response> {
  const book = new TicketBook(context.state);
  const number = /^\/tickets\/([1-9][0-9]{0,8})$/.exec(pathname)?.[1];
  switch (`${request.method} ${number === undefined ? pathname : '/tickets/:n'}`) {
    case 'GET /':
      return Response.json({
        desk: 'support',
        revision: context.identity.revision,
        customer: context.identity.customer,
      });
    case 'GET /tickets':
      return Response.json({ tickets: await book.list() });
    case 'GET /tickets/:n': {
      const ticket = await book.find(Number(number));
      return ticket === null ? problem(404, 'There is no such ticket.') : Response.json(ticket);
    }
    case 'POST /tickets':
      return await openTicket(request, book, context);
    case 'PUT /webhook':
      return await setWebhook(request, context);
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
  const told = await tell(ticket, context);
  const headers = { location: `/tickets/${ticket.number}`, 'set-cookie': cookie.header(SESSION_SECONDS) };
  return Response.json({ ...ticket, told }, { status: 201, headers });
}

async function setWebhook(request: Request, context: WorkerContext): Promise<Response> {
  const url = await decodeWebhook(request);
  if (url === null) return problem(400, 'Give {"url": "http(s)://…"}.');
  await context.state.put('webhook', url);
  return new Response(null, { status: 204 });
}
