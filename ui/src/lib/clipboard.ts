/**
 * Copies a text to the clipboard, even one that is still pending: browsers allow copying only right after a tap or key.
 * Returns whether it worked; throws the error of a text that fails to arrive.
 */
export async function copy(text: string | Promise<string>): Promise<boolean> {
  const pending = Promise.resolve(text);
  if (typeof text !== 'string' && 'ClipboardItem' in window && navigator.clipboard?.write !== undefined) {
    try {
      const blob = pending.then((value) => new Blob([value], { type: 'text/plain' }));
      await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
      return true;
    } catch {
      // Not every browser accepts a promise; the plain text may still work.
    }
  }
  const value = await pending;
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return copyBySelection(value);
  }
}

/** Copies the old way, which also works without HTTPS. */
function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.className = 'unseen';
  field.value = text;
  field.readOnly = true;
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
