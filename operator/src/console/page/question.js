// The question of one action: its preview and the fields that the operator fills in.

import { element } from './element.js';
import { failure, identified, number } from './words.js';

const field = (label, control, hint) =>
  element(
    'div',
    { class: 'field' },
    element('label', {}, label, control),
    hint && element('small', {}, hint),
  );

/** The preview and the fields of one action. */
export class Question {
  constructor(request, preview, { why = '', most = '', rate = '' }) {
    this.request = request;
    this.preview = preview;
    this.isMany = preview.count > 1 && Boolean(request.ids);
    this.reason = element('textarea', { name: 'reason', rows: 2, required: true, maxlength: 1_000 });
    this.reason.value = why;
    this.force = element('input', { type: 'checkbox', name: 'force' });
    this.force.checked = request.force ?? false;
    const whole = { type: 'number', min: 1, step: 1, inputmode: 'numeric' };
    this.most = element('input', {
      ...whole,
      name: 'most',
      max: preview.count,
      placeholder: 'all',
      value: most,
    });
    this.rate = element('input', { ...whole, name: 'rate', placeholder: 'no limit', value: rate });
    this.canBeForced = preview.can_be_forced || Boolean(request.force);
  }

  /** How many tasks would be changed. */
  get doable() {
    return this.preview.count - this.preview.refused_count;
  }

  /** Whether nothing would be changed. */
  get isIdle() {
    const { request, preview } = this;
    if (request.action === 'amend') return preview.changes.length === 0;
    if (request.action === 'reconcile') return preview.count === 0;
    return (request.ids || request.id) !== undefined && this.doable === 0;
  }

  entered() {
    return { why: this.reason.value, most: this.most.value, rate: this.rate.value };
  }

  /** The label of the button that performs the action. */
  label(verb) {
    if (!this.isMany || this.isIdle) return verb;
    const most = this.most.validity.valid && this.most.value !== '' ? Number(this.most.value) : Infinity;
    return most < this.doable ? `${verb} at most ${number(most)}` : `${verb} ${number(this.doable)}`;
  }

  ids() {
    const { ids } = this.request;
    return ids && { ids: this.isMany && this.most.value ? ids.slice(0, Number(this.most.value)) : ids };
  }

  pace() {
    return { rate: this.isMany && this.rate.value ? Number(this.rate.value) : undefined };
  }

  /** The first invalid field, and why it is invalid. */
  wrong() {
    const { preview, reason, most, rate } = this;
    if (this.isMany && !most.validity.valid) {
      return {
        control: most,
        why: `Limit: enter a whole number from 1 to ${number(preview.count)}, or leave it empty for all.`,
      };
    }
    if (this.isMany && !rate.validity.valid) {
      return {
        control: rate,
        why: 'Per second: enter a whole number from 1, or leave it empty for no limit.',
      };
    }
    if (preview.keeps_a_reason && !reason.value.trim()) {
      return { control: reason, why: `Enter a reason. ${preview.reason_note}` };
    }
    return undefined;
  }

  /** The control that gets the focus. */
  first() {
    if (this.isIdle) return this.canBeForced ? this.force : undefined;
    return this.preview.keeps_a_reason ? this.reason : undefined;
  }

  /** Whether nothing would be changed, with any input. */
  get isPointless() {
    return this.isIdle && !this.canBeForced;
  }

  content() {
    const { request, preview, isMany, isPointless } = this;
    const isEmpty = preview.count === 0 && request.ids;
    return [
      request.action === 'amend' && about(preview),
      !isEmpty && preview.sentences.map((line) => element('p', {}, line)),
      isEmpty && element('p', {}, 'No dead letters match any more: the list changed.'),
      preview.changes.length > 0 && diff(preview.changes),
      request.action !== 'amend' && preview.tasks.length > 0 && tasks(preview),
      preview.refused_count > 0 && refusals(preview),
      this.canBeForced &&
        element('label', { class: 'switch' }, this.force, ' Also redrive tasks that would fail again'),
      isMany &&
        !isPointless &&
        element(
          'div',
          { class: 'pair' },
          field('Limit', this.most),
          request.action === 'redrive' && field('Per second', this.rate),
        ),
      preview.keeps_a_reason && !isPointless && field('Reason', this.reason, preview.reason_note),
    ];
  }
}

/** The name of the task, if there is only one. */
export const about = ({ tasks: [task, another] }) => task && !another && element('p', {}, identified(task));

const tasks = ({ tasks: shown, count, refused_count: refused }) => {
  const all = count - refused;
  return [
    element(
      'ol',
      { class: 'preview' },
      shown.map((task) => element('li', {}, identified(task), task.failure && [' ', failure(task.failure)])),
    ),
    all > shown.length && element('p', { class: 'quiet' }, `and ${number(all - shown.length)} more`),
  ];
};

const refusals = ({ refused_alike: alike, refused_count: many, count: all }) =>
  element(
    'div',
    { class: 'warning' },
    element('p', {}, element('strong', {}, `${number(many)} of ${number(all)} would be refused`), ':'),
    element(
      'ul',
      {},
      alike.map((it) => element('li', {}, `${number(it.count)}: ${it.reason}.`)),
    ),
  );

const LINES = { removed: ['del', '−'], added: ['ins', '+'], unchanged: ['span', ' '] };

const diff = (changes) =>
  element(
    'pre',
    { class: 'diff', tabindex: 0 },
    changes.map(({ change, text }) => {
      const [name, sign] = LINES[change];
      return [element(name, {}, `${sign} ${text}`), '\n'];
    }),
  );
