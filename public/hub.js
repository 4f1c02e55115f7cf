// Follow the system's dark or light until somebody chooses in the menu.
if (!localStorage.getItem('vite-ui-theme')) localStorage.setItem('vite-ui-theme', 'system');

// The hub says so over the chat's own connection when a session has ended: go and sign in again.
window.addEventListener('message', (event) => {
  if (event.source === window && event.data === 'hub:signed-out') window.location.replace('/login');
});
