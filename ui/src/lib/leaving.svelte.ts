/** Asks for confirmation before a form with unsaved changes is left. */
class Leaving {
  /** The navigation that awaits confirmation. */
  pending = $state.raw<(() => void) | null>(null);
  #forms = new Set<() => boolean>();

  /** Guards a form while `unsaved` returns true. Returns a function that ends the guard. */
  watch(unsaved: () => boolean): () => void {
    // When the whole app is left, the browser asks.
    const hold = (event: BeforeUnloadEvent) => {
      if (this.#forms.has(unsaved) && unsaved()) event.preventDefault();
    };
    this.#forms.add(unsaved);
    window.addEventListener('beforeunload', hold);
    return () => {
      this.#forms.delete(unsaved);
      window.removeEventListener('beforeunload', hold);
    };
  }

  get unsaved(): boolean {
    return [...this.#forms].some((unsaved) => unsaved());
  }

  /** Navigates by `step`: at once, or after confirmation. */
  attempt(step: () => void): void {
    if (this.unsaved) this.pending = step;
    else step();
  }

  /** Leaves the form. */
  confirm(): void {
    const step = this.pending;
    if (step === null) return;
    this.pending = null;
    this.#forms.clear();
    step();
  }

  /** Stays with the form. */
  cancel(): void {
    this.pending = null;
  }
}

export const leaving = new Leaving();
