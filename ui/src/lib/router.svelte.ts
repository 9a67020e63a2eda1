import { leaving } from './leaving.svelte';
import { parseRoute } from './routes';

const rootPath = () => new URL(document.baseURI).pathname;

/** Returns the path of `location` below the app's root, with a leading slash. */
function currentPath(): string {
  const path = location.pathname;
  return path.startsWith(rootPath()) ? `/${path.slice(rootPath().length)}` : '/';
}

/** Returns the number of navigations within the app that led to the current history entry. */
function currentDepth(): number {
  return (history.state as { depth?: number } | null)?.depth ?? 0;
}

class Router {
  path = $state(currentPath());
  route = $derived(parseRoute(this.path));
  #depth = currentDepth();
  /** Whether a navigation by the browser's buttons is being reverted. */
  #reverting = false;

  go(path: string, { replace = false } = {}): void {
    const url = new URL(`.${path}`, document.baseURI);
    if (replace) history.replaceState(history.state, '', url);
    else history.pushState({ depth: this.#depth + 1 }, '', url);
    this.#update();
  }

  /** Goes back, or to `path` if the previous page is outside of the app. */
  back(path: string): void {
    if (this.#depth > 0) history.back();
    else this.go(path, { replace: true });
  }

  /** Handles the browser's buttons, and links within the app without a reload. */
  start(): void {
    window.addEventListener('popstate', () => this.#follow());
    document.addEventListener('click', (event) => {
      const link = (event.target as Element).closest?.('a[href]');
      if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented) return;
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const url = new URL(link.href);
      if (link.target !== '' || link.rel === 'external' || url.origin !== location.origin || !url.pathname.startsWith(rootPath())) return;
      event.preventDefault();
      const path = `/${url.pathname.slice(rootPath().length)}`;
      if (path !== this.path) leaving.attempt(() => this.go(path));
    });
  }

  #follow(): void {
    if (this.#reverting) {
      this.#reverting = false;
      return;
    }
    const steps = currentDepth() - this.#depth;
    if (steps === 0 || !leaving.unsaved) {
      this.#update();
      return;
    }
    // The browser navigated without asking: revert that until the user confirms.
    this.#reverting = true;
    history.go(-steps);
    leaving.attempt(() => history.go(steps));
  }

  #update(): void {
    this.#depth = currentDepth();
    this.path = currentPath();
  }
}

export const router = new Router();

/** Returns the `href` of a path, relative to the app's root, wherever that is. */
export function href(path: string): string {
  return `.${path}`;
}
