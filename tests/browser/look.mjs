// Looks at pages in headless Chromium: look.mjs --chromium PATH --shots DIR FILE.html ...
//
// Every page is opened from the disk at phone and desktop width, light and dark, and once as print. What it asks of a page: no request but
// the page itself, nothing on the console, nothing wider than the screen, charts legible, links that lead somewhere, a dark page dark, no
// serious finding of axe-core. Names beginning with `mail` are mails: those need no dark style and no charts of their own.
// Prints a line for each fault and exits with 1 if there is any.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { chromium: { type: 'string', default: '/usr/bin/chromium' }, shots: { type: 'string' } },
});
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENS = [
  { name: 'phone', width: 360, height: 740, isMobile: true },
  { name: 'desktop', width: 1280, height: 900, isMobile: false },
];
const faults = [];

/** What can be told from inside the page; runs there. */
function inspect(isMail) {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth + 1) {
    const wide = [...document.querySelectorAll('body *')].find(
      (e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest('.scroll,[data-scrolls],pre'));
    found.push(`wider than the screen by ${root.scrollWidth - root.clientWidth} px: ${wide?.outerHTML.slice(0, 120)}`);
  }
  if (window.hit) found.push('a name out of the data was run as a script');
  const active = document.querySelector('script,iframe,object,embed,form,link[rel=stylesheet],base');
  if (active) found.push(`holds <${active.localName}>`);
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (/^on/i.test(name)) found.push(`holds the handler ${name}`);
      if (/^(href|src|xlink:href|action)$/i.test(name) && /^\s*(javascript|vbscript|data:text)/i.test(value)) {
        found.push(`holds the link ${value.slice(0, 60)}`);
      }
    }
  }
  const ids = new Set();
  for (const element of document.querySelectorAll('[id]')) {
    if (ids.has(element.id)) found.push(`two elements have the id ${element.id}`);
    ids.add(element.id);
  }
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    const to = decodeURIComponent(link.getAttribute('href').slice(1));
    if (to && !ids.has(to)) found.push(`a link leads to #${to}, which is not there`);
  }
  for (const image of document.images) if (!image.complete || !image.naturalWidth) found.push(`no picture: ${image.src.slice(0, 80)}`);
  if (isMail) return found;
  const visible = (e) => e.getClientRects().length > 0;
  for (const chart of [...document.querySelectorAll('svg')].filter(visible)) {
    const box = chart.getBoundingClientRect();
    const name = chart.querySelector('title')?.textContent?.slice(0, 60) ?? chart.outerHTML.slice(0, 80);
    if (chart.getAttribute('role') === 'img' && !chart.querySelector('title')) found.push(`a chart without a title: ${name}`);
    const texts = [...chart.querySelectorAll('text')].filter(visible).map((e) => ({ e, r: e.getBoundingClientRect() }));
    for (const { e, r } of texts) {
      if (r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 1 || r.bottom > box.bottom + 1) {
        found.push(`"${e.textContent}" stands out of its chart: ${name}`);
      }
      if (r.height < 9) found.push(`"${e.textContent}" is ${r.height.toFixed(1)} px high: ${name}`);
    }
    for (let i = 0; i < texts.length; i++) {
      for (let j = i + 1; j < texts.length; j++) {
        const [a, b] = [texts[i].r, texts[j].r];
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 3) found.push(`"${texts[i].e.textContent}" and "${texts[j].e.textContent}" overlap: ${name}`);
      }
    }
  }
  return found;
}

/** How bright the ground of the page is, 0 to 1; runs there. */
function brightness() {
  const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

async function look(browser, file, screen, colorScheme) {
  const name = path.basename(file, '.html');
  const isMail = name.startsWith('mail');
  const where = `${name} (${screen.name}, ${colorScheme})`;
  const url = pathToFileURL(path.resolve(file)).href;
  const context = await browser.newContext({ viewport: screen, isMobile: screen.isMobile, deviceScaleFactor: 1, colorScheme });
  const page = await context.newPage();
  const fault = (what) => faults.push(`${where}: ${what}`);
  page.on('console', (message) => fault(`the console says: ${message.text()}`));
  page.on('pageerror', (error) => fault(`an error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== url && !(isMail && request.url().startsWith('file://'))) fault(`asks for ${request.url()}`);
  });
  await page.goto(url, { waitUntil: 'load' });
  (await page.evaluate(inspect, isMail)).forEach(fault);
  // What is folded is part of the page as well.
  await page.evaluate(() => document.querySelectorAll('details').forEach((e) => (e.open = true)));
  (await page.evaluate(inspect, isMail)).map((what) => `unfolded: ${what}`).forEach(fault);
  await page.evaluate(() => document.querySelectorAll('details').forEach((e) => (e.open = false)));
  if (!isMail) {
    const bright = await page.evaluate(brightness);
    if (colorScheme === 'dark' ? bright > 0.25 : bright < 0.75) fault(`its ground is ${bright.toFixed(2)} bright`);
  }
  if (values.shots) {
    await page.screenshot({ path: path.join(values.shots, `${name}-${screen.name}-${colorScheme}.png`) });
  }
  await context.close();
}

/** Accessibility, with the page's own policy out of the way, because the checker is a script. */
async function accessible(browser, file, colorScheme) {
  const context = await browser.newContext({ viewport: SCREENS[0], bypassCSP: true, colorScheme });
  const page = await context.newPage();
  await page.goto(pathToFileURL(path.resolve(file)).href);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }));
  for (const { id, impact, help, nodes } of violations) {
    faults.push(`${path.basename(file)} (${colorScheme}): ${impact} ${id}: ${help}: ${nodes.length} ×, ${nodes[0].html.slice(0, 160)}`);
  }
  if (values.shots) await page.pdf({ path: path.join(values.shots, `${path.basename(file, '.html')}.pdf`), format: 'A4' });
  await context.close();
}

const browser = await chromium.launch({
  executablePath: values.chromium,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
for (const file of positionals) {
  for (const screen of SCREENS) for (const scheme of ['light', 'dark']) await look(browser, file, screen, scheme);
  if (!path.basename(file).startsWith('mail')) for (const scheme of ['light', 'dark']) await accessible(browser, file, scheme);
}
await browser.close();
const once = [...new Set(faults)];
once.forEach((fault) => console.log(fault));
console.log(`${positionals.length} pages looked at, ${once.length} faults`);
process.exit(once.length ? 1 : 0);
