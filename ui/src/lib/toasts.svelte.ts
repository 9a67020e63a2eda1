export interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const SHOWN_FOR = 4000;

class Toasts {
  all = $state<Toast[]>([]);
  #last = 0;

  /** Says something in passing. A failure stays until it is dismissed. */
  say(text: string, { bad = false } = {}): void {
    const id = ++this.#last;
    this.all = [...this.all.filter((toast) => toast.text !== text), { id, text, bad }].slice(-3);
    if (!bad) setTimeout(() => this.dismiss(id), SHOWN_FOR);
  }

  dismiss(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }

  clear(): void {
    this.all = [];
  }
}

export const toasts = new Toasts();
