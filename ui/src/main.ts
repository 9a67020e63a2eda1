import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import './parts.css';
import { router } from './lib/router.svelte';
import { session } from './lib/session.svelte';
import { applyTheme, rememberedTheme } from './lib/theme';
import { ticker } from './lib/ticker.svelte';

applyTheme(rememberedTheme());
router.start();
ticker.watch(() => void session.resume());

const root = document.getElementById('app');
if (root !== null) {
  // The splash screen stays until there is something to show.
  await session.start();
  root.replaceChildren();
  mount(App, { target: root });
}
