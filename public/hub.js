// Follow the system's dark or light until somebody chooses in the menu.
if (!localStorage.getItem('vite-ui-theme')) localStorage.setItem('vite-ui-theme', 'system');

// The hub says so over the chat's own connection when a session has ended: go and sign in again.
window.addEventListener('message', (event) => {
  if (event.source === window && event.data === 'hub:signed-out') window.location.replace('/login');
});

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
