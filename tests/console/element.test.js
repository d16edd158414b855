// The only functions that write into the page.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fixture } from './fixture.js';

const it = fixture();

// The text that each writing function makes of these values.
const written = (page) =>
  page.evaluate(async () => {
    const { element, put, renew, setText, show } = await import('/element.js');
    const children = () => [false, true, null, undefined, '', 0, 1, 'text', [false, ['deep', [null, true]]]];
    const ways = {
      element: () => element('p', {}, ...children()),
      put: (place) => put(place, ...children()),
      'put a list': (place) => put(place, children()),
      setText: (place) => setText(place, ...children()),
      show: (place) => show(place, ...children()),
      renew: (place) => renew(place, { version: 1 }, children),
      'put nothing': (place) => put(place, false),
      'set no text': (place) => setText(place, undefined),
    };
    return Object.fromEntries(
      Object.entries(ways).map(([name, write]) => {
        const place = document.createElement('p');
        return [name, (write(place) ?? place).textContent];
      }),
    );
  });

test(
  'values that are no text are written as nothing by every function',
  it.withPage(async (page) => {
    const texts = await written(page);
    const { 'put nothing': put, 'set no text': none, ...all } = texts;
    for (const [way, text] of Object.entries(all)) assert.equal(text, '01textdeep', way);
    assert.deepEqual([put, none], ['', '']);
  }),
);

test(
  'objects are refused instead of shown in their internal form',
  it.withPage(async (page) => {
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
  'an ARIA state is written with its value, and an absent attribute is not written',
  it.withPage(async (page) => {
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
