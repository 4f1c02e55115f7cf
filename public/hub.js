// Runs before the chat's own program. It follows the system's colours, and it proves, whenever the hub asks, that this
// browser holds its session's key, so that nobody notices.
import { LostKey, SignedOut, prove } from '/public/proof.js';

// Follow the system's dark or light until somebody chooses in the menu.
if (!localStorage.getItem('vite-ui-theme')) localStorage.setItem('vite-ui-theme', 'system');

// --- proofs ---

const LOOK_EVERY = 20_000; // milliseconds
let life = 300_000; // milliseconds that a proof is good for, until the hub says otherwise
let provedAt = Date.now(); // this page was served after one
let proving = null;

async function answer(challenge) {
  try {
    const seconds = await prove(challenge);
    life = seconds * 1000;
    provedAt = Date.now();
  } catch (error) {
    if (error instanceof SignedOut) window.location.replace('/login');
    if (error instanceof LostKey) window.location.replace(`/prove?next=${encodeURIComponent(window.location.pathname)}`);
    throw error;
  }
}

/** Prove now, once for all that wait for it. */
function proveNow() {
  proving ??= answer().finally(() => (proving = null));
  return proving;
}

const usedUp = (share) => Date.now() - provedAt > life * share;

async function proveWhenDue() {
  if (!usedUp(0.85)) return;
  await proveNow().catch((error) => console.warn('no proof yet:', error.message)); // the next look tries again
}

const made = new Map();
window.hub = {
  /** For elements: await this before a long request, which the hub cannot ask to be sent again. */
  prove: () => (usedUp(0.5) ? proveNow() : Promise.resolve()),

  /**
   * For elements: what `make` gave the first time it was asked for under this name. The chat runs the file of every
   * element on the page again whenever a turn begins or ends, and a component made anew would have all it shows taken
   * away and drawn afresh.
   */
  once: (name, make) => made.get(name) ?? (made.set(name, make()), made.get(name)),
};

// The hub asks over the chat's connection, each connection for itself, and says there that a session has ended.
window.addEventListener('message', ({ source, data }) => {
  if (source !== window) return;
  if (data === 'hub:signed-out') window.location.replace('/login');
  if (data?.kind === 'hub:prove') answer(data).catch((error) => console.warn('no proof:', error.message));
});

// Where there is no such connection, or the machine slept: by the clock, and whenever somebody comes back to the page.
setInterval(proveWhenDue, LOOK_EVERY);
for (const event of ['online', 'pageshow', 'focus']) window.addEventListener(event, proveWhenDue);
document.addEventListener('visibilitychange', proveWhenDue);

// What still comes too late is asked for by the hub, answered here, and sent again.
const asksForProof = (status, header) => status === 401 && (header ?? '').startsWith('Proof');
const plainFetch = window.fetch.bind(window);
window.fetch = async (input, init) => {
  const request = new Request(input, init);
  const again = request.clone();
  const response = await plainFetch(request);
  if (!asksForProof(response.status, response.headers.get('WWW-Authenticate'))) return response;
  await proveNow();
  return plainFetch(again);
};

const plainSend = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function send(...body) {
  this.addEventListener('load', () => {
    // The chat's connection tries again by itself.
    if (asksForProof(this.status, this.getResponseHeader('WWW-Authenticate'))) proveNow().catch(() => {});
  });
  return plainSend.apply(this, body);
};

// A link that downloads would save the page that asks for a proof.
document.addEventListener(
  'click',
  (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[download]') : null;
    if (!link || link.origin !== window.location.origin || !usedUp(0.85)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    proveNow().then(() => link.click(), () => {});
  },
  true,
);
// A page that shows an old conversation connects twice as it loads, each time once this request is answered. Its buttons
// speak for the later connection, so that one must stay: an answer that comes after a later asking is let go.
const ask = window.fetch;
let latest = 0;
window.fetch = (...asked) => {
  const answer = ask(...asked);
  if (!String(asked[0]?.url ?? asked[0]).includes('/set-session-cookie')) return answer;
  const turn = ++latest;
  const go = () => (turn === latest ? answer : new Promise(() => {}));
  return answer.then(go, go);
};
