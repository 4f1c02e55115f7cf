// Before somebody types a password: say so where this browser cannot keep the key that a session needs.
import { whyNoKeys } from '/public/proof.js';

export async function showWhyNoKeys() {
  const why = await whyNoKeys();
  if (!why) return false;
  const notice = document.getElementById('no-keys');
  for (const reason of notice.querySelectorAll('[data-why]')) reason.hidden = reason.dataset.why !== why;
  notice.hidden = false;
  return true;
}

await showWhyNoKeys();
