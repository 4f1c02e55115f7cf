// The page between signing in and the chat, and between an old tab and its new beginning: proves, and goes on.
import { showWhyNoKeys } from '/public/check.js';
import { LostKey, SignedOut, prove } from '/public/proof.js';

const wait = document.getElementById('wait');

function show(id, title) {
  wait.hidden = true;
  document.getElementById('title').textContent = title;
  document.getElementById(id).hidden = false;
}

try {
  await prove();
  window.location.replace(wait.dataset.next);
} catch (error) {
  if (error instanceof SignedOut) window.location.replace('/login');
  else if (await showWhyNoKeys()) show('no-keys', 'Not in this browser');
  else if (error instanceof LostKey) show('lost', 'Sign in again');
  else {
    document.getElementById('why').textContent = error.message;
    show('failed', 'Not now');
  }
}
