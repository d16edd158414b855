// The one dialog. It belongs to what opened it: what comes too late for it is drawn nowhere.

import { element, put, say } from './element.js';
import { isLive, onConnection } from './connection.js';

let current;

/** Closes the dialog, unless something is being done in it. */
export const dismiss = () => {
  if (current && !current.isWorking) current.close();
};

/** A dialog that is open; none when there is one. */
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
  // What changes something: only while the page shows the pipeline as it is.
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
    /** Ends when it is closed. */
    this.closed = new Promise((end) => {
      this.#element.addEventListener('close', () => {
        // A browser lets itself be held back once; what is being done would go on unseen.
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

  /** Whether something is being done that closing would hide. */
  get isWorking() {
    return this.#stop !== undefined;
  }

  /** Begins a step: what earlier ones still find out is drawn no more. Returns whether it is the present one. */
  begin() {
    const mine = (this.#step += 1);
    return () => mine === this.#step && this.#element.isConnected;
  }

  /**
   * Shows a step: its `primary` button submits, `stop` is what Escape does while it works, `focus` gets the focus. The dialog
   * never shrinks: its buttons stay where they are.
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
    say(this.#heading, text);
  }

  /** Says what is wrong with what was entered. */
  trouble(text) {
    say(this.#trouble, text);
  }

  close() {
    this.#element.close();
  }

  #showConnection() {
    const isWaiting = !isLive() && this.#primary.children.length > 0;
    this.#primary.disabled = !isLive();
    say(this.#connection, isWaiting && 'This can be confirmed once the page is live again.');
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
