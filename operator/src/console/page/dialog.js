// The dialog; only one is open at a time. A result that arrives after it was closed is not drawn.

import { element, put, setText } from './element.js';
import { isLive, onConnection } from './connection.js';

let current;

/** Closes the dialog unless an action is running in it. */
export const dismiss = () => {
  if (current && !current.isWorking) current.close();
};

/** Opens the dialog; returns undefined if one is open already. */
export const openDialog = () => {
  if (current) return undefined;
  current = new Dialog();
  return current;
};

class Dialog {
  #step = 0;
  #stop;
  #submit;
  #heading = element('h2', { id: 'dialog-heading', tabindex: -1 });
  #content = element('div', { class: 'content-of-dialog' });
  #trouble = element('p', { class: 'trouble', role: 'alert' });
  #connection = element('p', { class: 'trouble', role: 'status' });
  #left = element('span', { class: 'buttons' });
  // The button that changes something: enabled only while the page is live.
  #primary = element('fieldset', { class: 'controls' });
  #element;

  constructor() {
    const submit = (event) => {
      event.preventDefault();
      this.#submit?.();
    };
    this.#element = element(
      'dialog',
      {
        'aria-labelledby': 'dialog-heading',
        cancel: (event) => this.#cancel(event),
        keydown: (event) => this.#key(event),
      },
      this.#heading,
      element(
        'form',
        { submit, novalidate: true },
        this.#content,
        this.#trouble,
        this.#connection,
        element('div', { class: 'buttons end' }, this.#left, this.#primary),
      ),
    );
    put(document.getElementById('dialogs'), this.#element);
    const forget = onConnection(() => this.#showConnection());
    addEventListener('beforeunload', this.#leave);
    /** Resolves when the dialog is closed. */
    this.closed = new Promise((end) => {
      this.#element.addEventListener('close', () => {
        // A browser can be kept from closing a dialog only once. Open it again, so that the running action stays visible.
        if (this.isWorking) return this.#element.showModal();
        current = undefined;
        forget();
        removeEventListener('beforeunload', this.#leave);
        this.#element.remove();
        return end();
      });
    });
    this.#element.showModal();
  }

  /** Whether an action is running that closing would hide. */
  get isWorking() {
    return this.#stop !== undefined;
  }

  /** Begins a step: results of earlier steps are no longer drawn. Returns a function that tells whether this step is current. */
  begin() {
    const mine = (this.#step += 1);
    return () => mine === this.#step && this.#element.isConnected;
  }

  /**
   * Shows a step: its `primary` button submits, Escape calls `stop` while an action is running, `focus` gets the focus. The
   * dialog never shrinks, so that its buttons do not move.
   */
  draw({ title, content, buttons = [], primary, submit, stop, focus }) {
    this.#element.style.minHeight = `min(${this.#element.offsetHeight}px, var(--most))`;
    this.#stop = stop;
    this.#submit = submit;
    this.#element.setAttribute('closedby', stop ? 'none' : 'closerequest');
    this.title(title);
    put(this.#content, content);
    put(this.#left, buttons);
    put(this.#primary, primary);
    this.trouble('');
    this.#showConnection();
    (focus ?? this.#element.querySelector('form button:enabled') ?? this.#heading).focus();
  }

  title(text) {
    setText(this.#heading, text);
  }

  /** Shows what is wrong with the entered values. */
  trouble(text) {
    setText(this.#trouble, text);
  }

  close() {
    this.#element.close();
  }

  #showConnection() {
    const isWaiting = !isLive() && this.#primary.children.length > 0;
    this.#primary.disabled = !isLive();
    setText(this.#connection, isWaiting && 'This can be confirmed once the page is live again.');
  }

  #cancel(event) {
    if (!this.isWorking) return;
    event.preventDefault();
    this.#stop();
  }

  #key(event) {
    if (event.key === 'Escape' && this.isWorking) this.#cancel(event);
  }

  #leave = (event) => {
    if (this.isWorking) event.preventDefault();
  };
}
