import { leaving } from './leaving.svelte';
import { route } from './routes';

const root = () => new URL(document.baseURI).pathname;

/** The path of `location` below the app's root, with a leading slash. */
function here(): string {
  const path = location.pathname;
  return path.startsWith(root()) ? `/${path.slice(root().length)}` : '/';
}

/** How many steps of the app led to the present entry of the browser's history. */
function depth(): number {
  return (history.state as { depth?: number } | null)?.depth ?? 0;
}

class Router {
  path = $state(here());
  route = $derived(route(this.path));
  #depth = depth();
  /** A step of the browser's buttons is being taken back. */
  #returning = false;

  go(path: string, { replace = false } = {}): void {
    const url = new URL(`.${path}`, document.baseURI);
    if (replace) history.replaceState(history.state, '', url);
    else history.pushState({ depth: this.#depth + 1 }, '', url);
    this.#arrive();
  }

  /** Goes where one came from, or to `path` when that is outside of the app. */
  back(path: string): void {
    if (this.#depth > 0) history.back();
    else this.go(path, { replace: true });
  }

  /** Follows the browser's buttons, and the links of the app without loading the page anew. */
  start(): void {
    window.addEventListener('popstate', () => this.#follow());
    document.addEventListener('click', (event) => {
      const link = (event.target as Element).closest?.('a[href]');
      if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented) return;
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const url = new URL(link.href);
      if (link.target !== '' || link.rel === 'external' || url.origin !== location.origin || !url.pathname.startsWith(root())) return;
      event.preventDefault();
      const path = `/${url.pathname.slice(root().length)}`;
      if (path !== this.path) leaving.attempt(() => this.go(path));
    });
  }

  #follow(): void {
    if (this.#returning) {
      this.#returning = false;
      return;
    }
    const steps = depth() - this.#depth;
    if (steps === 0 || !leaving.unsaved) {
      this.#arrive();
      return;
    }
    // The browser moved without asking: back it goes, until the person has said yes.
    this.#returning = true;
    history.go(-steps);
    leaving.attempt(() => history.go(steps));
  }

  #arrive(): void {
    this.#depth = depth();
    this.path = here();
  }
}

export const router = new Router();

/** What to write in `href` for a path of the app: relative to its root, wherever that is. */
export function href(path: string): string {
  return `.${path}`;
}
