import { expect, test } from 'vitest';
import { Actor, localActor, onlyActor } from './actor.ts';

const ada = { kind: 'local-user', name: 'ada' } as const;
const intent = { environment: 'local', verb: 'traffic.set', target: 'shop.acme' };

test('the local actor is a valid actor', () => {
  expect(Actor.parse(localActor())).toEqual(localActor());
});

test('the owner may do everything', () => {
  expect(() => onlyActor(ada)({ ...intent, actor: ada })).not.toThrow();
});

test('anybody else is refused with permission/denied, and told whom to ask', () => {
  expect(() => onlyActor(ada)({ ...intent, actor: { ...ada, name: 'eve' } })).toThrow(
    expect.objectContaining({ code: 'permission/denied', hint: expect.stringContaining('ada') }),
  );
});
