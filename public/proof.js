// Proves to the hub that this browser holds its session's key: an ECDSA key made after the password, which the browser
// keeps in IndexedDB and hands to nobody, this script included. See SECURITY.md, "Passwords and sessions".

export class LostKey extends Error {}
export class SignedOut extends Error {}

/** Why this browser cannot keep a key on this page: "insecure", "storage", or "" when it can. */
export async function whyNoKeys() {
  if (!window.isSecureContext || !window.crypto?.subtle) return 'insecure';
  try {
    await keep('readonly', (keys) => keys.count());
    return '';
  } catch {
    return 'storage';
  }
}

/** Answer a challenge, or ask for one first; how many seconds the proof is good for. */
export async function prove(challenge) {
  const asked = challenge ?? (await ask('/session/challenge'));
  const pair = await keyOf(asked.session, !asked.bound);
  const { hub, user, session, nonce, expires } = asked;
  const message = new TextEncoder().encode(['omh/v1/auth', hub, user, session, nonce, expires].join('\n'));
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, message);
  const key = asked.bound ? '' : base64url(await crypto.subtle.exportKey('raw', pair.publicKey));
  return (await ask('/session/proof', { nonce, signature: base64url(signature), key })).seconds;
}

async function ask(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await untouched(path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) });
  if (answer.status === 401) throw new SignedOut();
  const said = await answer.json();
  if (answer.status === 403) throw new LostKey(said.detail); // signed with another key than the session's
  if (!answer.ok) throw new Error([said.detail, said.error?.hint].filter(Boolean).join('; '));
  return said;
}

const untouched = window.fetch.bind(window); // hub.js replaces it by one that proves first

/** The key pair of a session, from this browser's store; made where there is none and the session has none either. */
async function keyOf(session, mayMake) {
  const find = async () => {
    const kept = await keep('readonly', (keys) => keys.get(session));
    if (kept) return kept;
    if (!mayMake) throw new LostKey();
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
    await keep('readwrite', (keys) => keys.clear() && keys.put(pair, session));
    return pair;
  };
  return navigator.locks ? navigator.locks.request('hub-key', find) : find(); // two tabs make one key
}

function keep(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('hub', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const store = opening.result;
      try {
        const doing = store.transaction('keys', mode);
        const request = act(doing.objectStore('keys'));
        doing.oncomplete = () => resolve(request.result);
        doing.onabort = () => reject(doing.error);
        doing.onerror = () => reject(doing.error);
      } catch (error) {
        reject(error);
      } finally {
        store.close(); // once what was begun is done
      }
    };
  });
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
