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
    // What went well before is no news any more; failures stay in sight.
    this.all = [...this.all.filter((toast) => toast.bad && toast.text !== text), { id, text, bad }];
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
