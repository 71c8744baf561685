import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assembleArtifact } from '../artifact/built-artifact.ts';
import { ServedRegistry } from '../server/testing/served-registry.ts';
import { SampleRegistry, sampleBundle, sampleEvidence, samplePack, T0 } from '../testing/sample-registry.ts';
import { writeCatalogue } from './catalogue.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Where to keep pictures of the pages, for whoever wants to look; nowhere unless told. */
const PICTURES = process.env['CATALOGUE_PICTURES'];

const EVIL = '"><script>window.hacked=1</script><img src=x onerror="window.hacked=1">';

function vault() {
  const manifest = {
    schema: 'greentic.pack/1',
    name: 'acme.secrets.vault',
    version: '2.3.1',
    slot: 'secrets',
    contract: 1,
    features: ['versions'],
    title: 'Vault secrets',
    description: 'Keeps secrets in a vault of your own, with a key that never leaves it.',
    permissions: [
      {
        kind: 'http',
        binding: 'vault',
        originFrom: 'address',
        methods: ['GET', 'POST'],
        paths: ['/v1/**'],
        reason: 'Reads and writes secrets in your vault.',
      },
      { kind: 'secret', binding: 'token', access: 'value', reason: 'Logs in to the vault as itself.' },
      { kind: 'log', reason: 'Says when a lease could not be renewed.', optional: true },
    ],
    questions: [{ id: 'address', kind: 'text', text: 'Where is the vault?' }],
  };
  const { questions: _, ...plain } = manifest;
  const readme =
    '# Vault\n\nKeeps secrets in **your** vault.\n\n## Before you start\n\n1. Make a token.\n2. Put it: `gtc op secrets put`.\n\n```sh\ngtc op env-packs add local acme.secrets.vault\n```\n\nMore in the [guide](https://example.org/guide).\n';
  return assembleArtifact({
    config: Buffer.from(JSON.stringify(plain)),
    module: Buffer.from('export default {};'),
    readme: Buffer.from(readme),
  });
}

function hostile() {
  const manifest = {
    schema: 'greentic.pack/1',
    name: 'acme.telemetry.hostile',
    version: '1.0.0',
    slot: 'telemetry',
    contract: 1,
    title: EVIL,
    description: `A description that tries: ${EVIL}`,
    permissions: [{ kind: 'log', reason: `A reason ${EVIL}` }],
  };
  const readme = `# ${EVIL}\n\n${EVIL}\n\n[click](javascript:window.hacked=1) ![x](https://tracker.example/x.gif)`;
  return assembleArtifact({
    config: Buffer.from(JSON.stringify(manifest)),
    module: Buffer.from('export default {};'),
    readme: Buffer.from(readme),
  });
}

describe.skipIf(!existsSync(CHROMIUM))('in a browser (needs the Debian package chromium)', () => {
  let browser: Browser;
  let registry: SampleRegistry;
  let served: ServedRegistry;
  let start = '';
  beforeAll(async () => {
    registry = await SampleRegistry.create();
    for (const artifact of [samplePack(), vault(), hostile()]) await registry.publish(artifact);
    const bundle = sampleBundle();
    await registry.publish(bundle, sampleEvidence(bundle));
    const out = join(registry.home, 'pages');
    await writeCatalogue(registry.folder, { out, now: T0 });
    start = pathToFileURL(join(out, 'index.html')).href;
    served = await ServedRegistry.start({ folder: registry.folder, now: () => T0, publicRead: true });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await served?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  });

  /** Opens a page; gives it with everything it asked for and every complaint of the browser. */
  async function open(url: string, colorScheme: 'light' | 'dark' = 'light') {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1100, height: 900 } });
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('dialog', (dialog) => void dialog.dismiss());
    await page.goto(url);
    return { page, asked, complaints };
  }

  const shown = (page: Page) => page.locator('#packs > li:visible h2').allTextContents();

  async function picture(page: Page, name: string): Promise<void> {
    if (PICTURES === undefined) return;
    await mkdir(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  }

  test.each(['file', 'http'])(
    'search finds a pack over %s, and its page shows version and permissions',
    async (scheme) => {
      const { page, complaints } = await open(scheme === 'file' ? start : served.url);
      expect(await shown(page)).toHaveLength(4);
      await page.getByLabel(/Search/).fill('VAULT secrets');
      expect(await shown(page)).toEqual(['Vault secrets']);
      expect(await page.locator('#count').textContent()).toBe('1 entry');
      await picture(page, `search-${scheme}`);
      await page.getByRole('link', { name: 'Vault secrets' }).click();
      await page.getByRole('heading', { level: 1, name: 'Vault secrets' }).waitFor();
      expect(await page.locator('.name .tag').first().textContent()).toBe('2.3.1');
      const permissions = page.getByRole('region', { name: 'Permissions' }).getByRole('table');
      expect(await permissions.textContent()).toContain('Logs in to the vault as itself.');
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test('what matches nothing is said', async () => {
    const { page } = await open(start);
    await page.getByLabel(/Search/).fill('no such thing');
    expect(await shown(page)).toEqual([]);
    expect(await page.locator('#nothing').isVisible()).toBe(true);
    await page.close();
  });

  test('nothing is asked of anybody else', async () => {
    for (const path of ['', 'pack-acme.secrets.vault.html', 'pack-acme.telemetry.hostile.html']) {
      const { page, asked } = await open(`${served.url}/${path}`);
      expect(asked.every((url) => url.startsWith(served.url))).toBe(true);
      await page.close();
    }
  });

  test('a hostile title, description, reason and README run no script', async () => {
    const base = new URL('.', start).href;
    for (const url of [
      start,
      `${base}pack-acme.telemetry.hostile.html`,
      served.url,
      `${served.url}/pack-acme.telemetry.hostile.html`,
    ]) {
      const { page } = await open(url);
      await page
        .locator('a', { hasText: 'click' })
        .first()
        .click({ timeout: 300 })
        .catch(() => undefined);
      expect(await page.evaluate(() => (globalThis as { hacked?: unknown }).hacked)).toBeUndefined();
      expect(await page.locator('img').count()).toBe(0);
      await picture(
        page,
        `hostile-${url.startsWith('file') ? 'file' : 'http'}-${url.includes('pack-') ? 'page' : 'start'}`,
      );
      await page.close();
    }
  });

  test('an inline script would not run even if it got into a page', async () => {
    for (const url of [start, served.url]) {
      const { page, complaints } = await open(url);
      await page.evaluate(() => {
        const { document } = globalThis as unknown as {
          document: { createElement(name: string): { textContent: string }; body: { append(node: unknown): void } };
        };
        const script = document.createElement('script');
        script.textContent = 'window.hacked = 1';
        document.body.append(script);
      });
      expect(await page.evaluate(() => (globalThis as { hacked?: unknown }).hacked)).toBeUndefined();
      expect(complaints.join()).toContain('Content Security Policy');
      await page.close();
    }
  });

  test.each(['light', 'dark'] as const)('text stands out from its ground in the %s', async (scheme) => {
    for (const file of ['index.html', 'pack-acme.secrets.vault.html']) {
      const { page } = await open(`${served.url}/${file}`, scheme);
      await picture(page, `${scheme}-${file.replace('.html', '')}`);
      const worst = await page.evaluate(CONTRAST);
      expect(worst).toBeGreaterThanOrEqual(4.5);
      await page.close();
    }
  });

  test('a narrow screen does not scroll sideways', async () => {
    const { page } = await open(`${served.url}/pack-acme.secrets.vault.html`);
    await page.setViewportSize({ width: 340, height: 700 });
    await picture(page, 'narrow');
    const [wide, seen] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [
      number,
      number,
    ];
    expect(wide).toBeLessThanOrEqual(seen);
    await page.close();
  });
});

/** Smallest contrast of any text with its ground, as WCAG 2.2 §1.4.3 counts it. Runs in the page. */
const CONTRAST = `(() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (color) => color.slice(0, 3).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgb(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  let worst = 21;
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!own || element.checkVisibility() === false) continue;
    const pair = [light(rgb(getComputedStyle(element).color)), light(ground(element))];
    worst = Math.min(worst, (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05));
  }
  return worst;
})()`;
