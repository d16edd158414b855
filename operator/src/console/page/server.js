// Calls the console's server with the token from the URL that the console printed.

const STORAGE_KEY = 'taskline-token';

/** Moves the token from the address to the storage of this tab. Returns whether there was one. */
export const takeToken = () => {
  const printed = location.hash.slice(1);
  if (!/^[0-9a-f]{64}$/.test(printed)) return false;
  // A reload still works, and a copied address or a screenshot does not contain the token.
  sessionStorage.setItem(STORAGE_KEY, printed);
  history.replaceState(null, '', location.pathname);
  return true;
};

takeToken();

/** A call failed. Status 0: the server did not answer. */
export class CallError extends Error {
  constructor(status, title, violations = []) {
    super(title);
    this.status = status;
    this.violations = violations;
  }

  /** Whether the change may have been made although the call failed. */
  get isOutcomeUnknown() {
    return this.status === 0 || this.status >= 500;
  }
}

/** Reads the JSON at `path`. */
export const get = (path, query = {}, signal = undefined) => {
  const present = Object.entries(query).filter(([, value]) => value !== '' && value != null);
  return call(`${path}?${new URLSearchParams(present)}`, { signal });
};

/** Posts `body` and returns the answer. */
export const post = (path, body) =>
  call(path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });

const call = async (path, { headers = {}, ...request }) => {
  const authorization = `Bearer ${sessionStorage.getItem(STORAGE_KEY) ?? ''}`;
  let answer;
  try {
    answer = await fetch(`/api${path}`, {
      ...request,
      headers: { ...headers, Authorization: authorization },
    });
  } catch (error) {
    throw new CallError(
      0,
      error.name === 'AbortError' ? 'the call was cancelled' : 'the console does not answer',
    );
  }
  const body = await answer.json().catch(() => {
    if (answer.ok) throw new CallError(0, 'the answer of the console was cut off');
    return {};
  });
  if (!answer.ok) {
    throw new CallError(answer.status, body.title ?? `status ${answer.status}`, body.violations);
  }
  return body;
};
