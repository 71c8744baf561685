import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { deskContext } from './desk.fixture.ts';
import desk from './index.ts';

const url = 'http://desk.test';
const post = (body: unknown, headers = {}) =>
  new Request(`${url}/tickets`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const ada = { from: 'Ada', subject: 'It hums' };

describe('the support desk', () => {
  test('files a ticket under the next number, and shows it', async () => {
    const { context } = deskContext();
    const filed = await desk.fetch(post(ada), context);
    expect(filed.status).toBe(201);
    expect(filed.headers.get('location')).toBe('/tickets/1');
    expect(await filed.json()).toEqual({ number: 1, ...ada });
    await desk.fetch(post({ ...ada, subject: 'Again' }), context);
    expect(await (await desk.fetch(new Request(`${url}/tickets/2`), context)).json()).toMatchObject({
      subject: 'Again',
    });
    const { tickets } = (await (await desk.fetch(new Request(`${url}/tickets`), context)).json()) as {
      tickets: unknown[];
    };
    expect(tickets).toHaveLength(2);
  });

  test('gives no number twice, whoever else files at the same time', async () => {
    const { context, conflicts } = deskContext();
    conflicts.next = 3;
    expect(await (await desk.fetch(post(ada), context)).json()).toMatchObject({ number: 4 });
    const all = await Promise.all([1, 2, 3].map(async () => (await desk.fetch(post(ada), context)).json()));
    expect(new Set(all.map((ticket) => (ticket as { number: number }).number)).size).toBe(3);
  });

  test('remembers in the session who asks, and asks a stranger who it is', async () => {
    const { context } = deskContext();
    const first = await desk.fetch(post(ada), context);
    const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect(first.headers.getSetCookie()[0]).toMatch(/HttpOnly; SameSite=Lax$/);
    expect(await (await desk.fetch(post({ subject: 'Still' }, { cookie }), context)).json()).toMatchObject({
      from: 'Ada',
    });
    expect((await desk.fetch(post({ subject: 'Still' }), context)).status).toBe(400);
    expect((await desk.fetch(post({ subject: 'Still' }, { cookie: 'desk-session=../../x' }), context)).status).toBe(
      400,
    );
  });

  test('signs the webhook message about a ticket', async () => {
    const { context } = deskContext();
    await desk.fetch(post(ada), context);
    const message = await desk.fetch(new Request(`${url}/tickets/1/webhook`), context);
    const body = await message.text();
    expect(JSON.parse(body)).toEqual({ event: 'ticket.opened', ticket: { number: 1, ...ada } });
    expect(message.headers.get('x-desk-signature')).toBe(createHmac('sha256', 'a key').update(body).digest('hex'));
  });

  test.each([
    ['no JSON', '{'],
    ['no subject', { from: 'Ada' }],
    ['an empty subject', { from: 'Ada', subject: ' ' }],
    ['a subject that is too long', { from: 'Ada', subject: 'x'.repeat(501) }],
    ['a name that is no text', { from: 1, subject: 'x' }],
    ['a body that is too long', { from: 'Ada', subject: 'x', more: 'x'.repeat(70_000) }],
    ['nothing', 'null'],
  ])('answers 400 to %s, and files nothing', async (_name, body) => {
    const { context } = deskContext();
    expect((await desk.fetch(post(body), context)).status).toBe(400);
    expect((await desk.fetch(new Request(`${url}/tickets/1`), context)).status).toBe(404);
  });

  test('says 404 where there is nothing, and reports each request', async () => {
    const { context, sent } = deskContext();
    for (const path of ['/nothing', '/tickets/0', '/tickets/1e3', '/tickets/1/other']) {
      expect((await desk.fetch(new Request(url + path), context)).status).toBe(404);
    }
    expect(sent).toEqual(Array.from({ length: 4 }, () => 'desk.request'));
  });
});
