// Calls the console's server, with the token from the URL it printed.

const KEPT = 'taskline-token';

/** Takes the token out of the address, if there is one: whether there was. */
export const takeToken = () => {
  const printed = location.hash.slice(1);
  if (!/^[0-9a-f]{64}$/.test(printed)) return false;
  // For this tab alone, and out of the address bar: a reload works, a copied address or a photograph gives nothing away.
  sessionStorage.setItem(KEPT, printed);
  history.replaceState(null, '', location.pathname);
  return true;
};

takeToken();

/** What the server, or its absence, said to a call. Status 0: nobody answered. */
export class Problem extends Error {
  constructor(status, title, violations = []) {
    super(title);
    this.status = status;
    this.violations = violations;
  }

  /** Whether what was asked for may have been done all the same. */
  get leavesItOpen() {
    return this.status === 0 || this.status >= 500;
  }
}

/** The JSON that stands at `path`. */
export const get = (path, query = {}, signal = undefined) => {
  const given = Object.entries(query).filter(([, value]) => value !== '' && value != null);
  return call(`${path}?${new URLSearchParams(given)}`, { signal });
};

/** What the server makes of `body`. */
export const post = (path, body) =>
  call(path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });

const call = async (path, { headers = {}, ...request }) => {
  const authorization = `Bearer ${sessionStorage.getItem(KEPT) ?? ''}`;
  let answer;
  try {
    answer = await fetch(`/api${path}`, {
      ...request,
      headers: { ...headers, Authorization: authorization },
    });
  } catch (error) {
    throw new Problem(0, error.name === 'AbortError' ? 'given up' : 'the console does not answer');
  }
  const body = await answer.json().catch(() => {
    if (answer.ok) throw new Problem(0, 'the console broke off its answer');
    return {};
  });
  if (!answer.ok) throw new Problem(answer.status, body.title ?? `status ${answer.status}`, body.violations);
  return body;
};
