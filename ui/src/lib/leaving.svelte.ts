/** Forms with something unsaved, which the person is asked about before they are left. */
class Leaving {
  /** The step that waits for the person's yes. */
  pending = $state.raw<(() => void) | null>(null);
  #forms = new Set<() => boolean>();

  /** Guards a form for as long as `unsaved` says so. Answers how to end the watch. */
  watch(unsaved: () => boolean): () => void {
    // Steps out of the app are the browser's to ask about.
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

  /** Takes the step, at once or when the person said yes. */
  attempt(step: () => void): void {
    if (this.unsaved) this.pending = step;
    else step();
  }

  /** The person said yes. */
  confirm(): void {
    const step = this.pending;
    if (step === null) return;
    this.pending = null;
    this.#forms.clear();
    step();
  }

  /** The person stays. */
  cancel(): void {
    this.pending = null;
  }
}

export const leaving = new Leaving();
