export type Theme = 'system' | 'light' | 'dark';

const CHOICE = 'sixpin.theme';

/** Applies a theme, and stores it on this device so that the next start doesn't flash. */
export function applyTheme(theme: Theme): void {
  localStorage.setItem(CHOICE, theme);
  const page = document.documentElement;
  if (theme === 'system') delete page.dataset.theme;
  else page.dataset.theme = theme;
  // The browser's own frame follows: of the two colours, only the one that applies stays active.
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    meta.dataset.own ??= meta.media;
    meta.media = theme === 'system' ? meta.dataset.own : meta.dataset.own.includes(theme) ? 'all' : 'not all';
  }
}

/** Returns the theme last used on this device. */
export function rememberedTheme(): Theme {
  const theme = localStorage.getItem(CHOICE);
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}
