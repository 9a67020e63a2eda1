/**
 * Puts a text on the clipboard, also one that is still on its way: browsers only allow this at once after a tap or key.
 * Answers whether it worked; a text that doesn't arrive is thrown as it failed.
 */
export async function copy(text: string | Promise<string>): Promise<boolean> {
  const later = Promise.resolve(text);
  if (typeof text !== 'string' && 'ClipboardItem' in window && navigator.clipboard?.write !== undefined) {
    try {
      const blob = later.then((value) => new Blob([value], { type: 'text/plain' }));
      await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
      return true;
    } catch {
      // Not every browser takes a promise; the text itself may still do.
    }
  }
  const value = await later;
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return copyBySelection(value);
  }
}

/** The old way, which also works without https. */
function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.className = 'unseen';
  field.value = text;
  field.readOnly = true;
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
