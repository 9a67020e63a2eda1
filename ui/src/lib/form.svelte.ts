import { tick } from 'svelte';
import { explain, fieldErrors } from './errors';

type Errors = Record<string, string>;

/** The state of a form: whether it is being sent, the errors of its fields, and any other failure. */
export class Form {
  busy = $state(false);
  errors = $state.raw<Errors>({});
  failure = $state.raw<string | null>(null);

  /**
   * Does `work` unless a field is `wrong`, and focuses the first field with an error. Returns whether it succeeded.
   * `fields` and `tell` turn an error into messages of fields and, if none of those is shown, into one sentence.
   */
  async submit(event: SubmitEvent, wrong: Errors, work: () => Promise<unknown>, { fields = fieldErrors, tell = explain } = {}): Promise<boolean> {
    event.preventDefault();
    if (this.busy) return false;
    const form = event.currentTarget as HTMLFormElement;
    this.busy = true;
    this.failure = null;
    // The errors of the last time go first: fields show the same one anew.
    this.errors = {};
    await tick();
    this.errors = wrong;
    if (Object.keys(wrong).length > 0) {
      this.busy = false;
    } else {
      try {
        await work();
        return true;
      } catch (error) {
        this.errors = fields(error);
        await tick();
        // The error belongs to no visible field.
        if (invalid(form) === null) this.failure = tell(error);
      } finally {
        this.busy = false;
      }
    }
    await tick();
    invalid(form)?.focus();
    return false;
  }
}

const invalid = (form: HTMLFormElement) => form.querySelector<HTMLElement>('[aria-invalid="true"]');
