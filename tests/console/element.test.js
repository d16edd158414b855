// The functions that alone write into the page.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { scene } from './scene.js';

const it = scene();

// What each way of writing makes of these, as text.
const written = (page) =>
  page.evaluate(async () => {
    const { element, put, renew, say, show } = await import('/element.js');
    const children = () => [false, true, null, undefined, '', 0, 1, 'text', [false, ['deep', [null, true]]]];
    const ways = {
      element: () => element('p', {}, ...children()),
      put: (place) => put(place, ...children()),
      'put a list': (place) => put(place, children()),
      say: (place) => say(place, ...children()),
      show: (place) => show(place, ...children()),
      renew: (place) => renew(place, { version: 1 }, children),
      'put nothing': (place) => put(place, false),
      'say nothing': (place) => say(place, undefined),
    };
    return Object.fromEntries(
      Object.entries(ways).map(([name, write]) => {
        const place = document.createElement('p');
        return [name, (write(place) ?? place).textContent];
      }),
    );
  });

test(
  'what is no text becomes none, however it is written',
  it.on(async (page) => {
    const texts = await written(page);
    const { 'put nothing': put, 'say nothing': said, ...all } = texts;
    for (const [way, text] of Object.entries(all)) assert.equal(text, '01textdeep', way);
    assert.deepEqual([put, said], ['', '']);
  }),
);

test(
  'what has no text of its own is refused, and not shown as what it is inside',
  it.on(async (page) => {
    const refused = await page.evaluate(async () => {
      const { element } = await import('/element.js');
      const odd = [{}, new Date(0), NaN, () => 1, Symbol('odd')];
      return odd.map((child) => {
        try {
          return element('p', {}, child).textContent;
        } catch (error) {
          return error.name;
        }
      });
    });
    assert.deepEqual(refused, Array(5).fill('TypeError'));
  }),
);

test(
  'a state of ARIA is written out, and an attribute that is absent is not',
  it.on(async (page) => {
    const made = await page.evaluate(async () => {
      const { element } = await import('/element.js');
      const attributes = {
        'aria-busy': false,
        'aria-hidden': true,
        'aria-label': undefined,
        hidden: true,
        title: null,
      };
      return element('p', { ...attributes, disabled: false }).outerHTML;
    });
    assert.equal(made, '<p aria-busy="false" aria-hidden="true" hidden=""></p>');
  }),
);
