import { describe, expect, test } from 'vitest';
import { FakeRegistry, type Intercept } from '../testing/oci-fake.ts';
import { parseOciReference } from './reference.ts';
import { OciRepository } from './repository.ts';
import { listTags } from './tag-list.ts';

const repositoryOf = (registry: FakeRegistry) => new OciRepository(parseOciReference(registry.location()));
const saying =
  (status: number, body: string): Intercept =>
  (_, response) => {
    response.writeHead(status).end(body);
    return true;
  };

describe('the tags of a repository', () => {
  test.each([
    [1, 5],
    [2, 3],
    [5, 1],
    [1000, 1],
  ])('are all there in pages of %i, with %i requests', async (pageSize, requests) => {
    await using registry = await FakeRegistry.open({ pageSize });
    const tags = ['1.0.0', '_a', 'Z', 'b'.repeat(128), 'c.d-e_f'];
    for (const tag of tags) registry.tags.set(tag, 'any');
    expect(await listTags(repositoryOf(registry))).toEqual(tags.toSorted());
    expect(registry.asked).toHaveLength(requests);
  });

  test.each([
    [200, '{"tags":null}'],
    [200, '{"name":"acme/registry"}'],
    [200, '{"tags":[]}'],
    [404, '{"errors":[{"code":"NAME_UNKNOWN"}]}'],
  ])('are none when a registry answers %i %s', async (status, body) => {
    await using registry = await FakeRegistry.open();
    registry.intercept = saying(status, body);
    expect(await listTags(repositoryOf(registry))).toEqual([]);
  });

  test('that end with a page that is not there are refused', async () => {
    await using registry = await FakeRegistry.open();
    registry.intercept = ({ path }, response) => {
      if (path.includes('last=')) return saying(404, '')({} as never, response, Buffer.alloc(0));
      response.writeHead(200, { link: '<?last=a>; rel="next"' }).end('{"tags":["a"]}');
      return true;
    };
    await expect(listTags(repositoryOf(registry))).rejects.toMatchObject({ code: 'registry/protocol' });
  });
});
