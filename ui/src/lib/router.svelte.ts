import { route } from './routes';

const root = () => new URL(document.baseURI).pathname;

/** The path of `location` below the app's root, with a leading slash. */
function here(): string {
  const path = location.pathname;
  return path.startsWith(root()) ? `/${path.slice(root().length)}` : '/';
}

class Router {
  path = $state(here());
  route = $derived(route(this.path));

  go(path: string, { replace = false } = {}): void {
    const url = new URL(`.${path}`, document.baseURI);
    // Only a step that this page made can be taken back by it.
    if (replace) history.replaceState(history.state, '', url);
    else history.pushState({ stepped: true }, '', url);
    this.path = here();
  }

  /** Goes where one came from, or to `path` when that is outside of the app. */
  back(path: string): void {
    if ((history.state as { stepped?: boolean } | null)?.stepped) history.back();
    else this.go(path, { replace: true });
  }

  /** Follows the browser's buttons, and the links of the app without loading the page anew. */
  start(): void {
    window.addEventListener('popstate', () => {
      this.path = here();
    });
    document.addEventListener('click', (event) => {
      const link = (event.target as Element).closest?.('a[href]');
      if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented) return;
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const url = new URL(link.href);
      if (link.target !== '' || url.origin !== location.origin || !url.pathname.startsWith(root())) return;
      event.preventDefault();
      this.go(`/${url.pathname.slice(root().length)}`);
    });
  }
}

export const router = new Router();

/** What to write in `href` for a path of the app: relative to its root, wherever that is. */
export function href(path: string): string {
  return `.${path}`;
}
