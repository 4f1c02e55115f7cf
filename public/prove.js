// The page between signing in and the chat, and between an old tab and its new beginning: proves, and goes on.
import { showWhyNoKeys } from '/public/check.js';
import { LostKey, SignedOut, prove } from '/public/proof.js';

const wait = document.getElementById('wait');

function show(id) {
  wait.hidden = true;
  document.getElementById(id).hidden = false;
}

try {
  await prove();
  window.location.replace(wait.dataset.next);
} catch (error) {
  if (error instanceof SignedOut) window.location.replace('/login');
  else if (await showWhyNoKeys()) wait.hidden = true;
  else if (error instanceof LostKey) show('lost');
  else {
    document.getElementById('why').textContent = error.message;
    show('failed');
  }
}
