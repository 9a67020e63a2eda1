export interface Toast {
  id: number;
  text: string;
  isError: boolean;
}

const SHOWN_FOR = 4000;

class Toasts {
  all = $state<Toast[]>([]);
  #last = 0;

  /** Shows a message for a moment; an error stays until it is dismissed. */
  show(text: string, { isError = false } = {}): void {
    const id = ++this.#last;
    // A new message replaces all but the errors.
    this.all = [...this.all.filter((toast) => toast.isError && toast.text !== text), { id, text, isError }];
    if (!isError) setTimeout(() => this.dismiss(id), SHOWN_FOR);
  }

  dismiss(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }

  clear(): void {
    this.all = [];
  }
}

export const toasts = new Toasts();
