import { tick } from 'svelte';
import { byField, told } from './errors';

type Errors = Record<string, string>;

/** A form on its way to the server: which fields are wrong, and what else failed. */
export class Form {
  busy = $state(false);
  errors = $state.raw<Errors>({});
  failure = $state.raw<string | null>(null);

  /**
   * Does `work` unless a field is `wrong`, and leads to the first field to be corrected. Answers whether it went well.
   * `fields` and `tell` say what a refusal means, where that isn't plain.
   */
  async submit(event: SubmitEvent, wrong: Errors, work: () => Promise<unknown>, { fields = byField, tell = told } = {}): Promise<boolean> {
    event.preventDefault();
    if (this.busy) return false;
    const form = event.currentTarget as HTMLFormElement;
    this.errors = wrong;
    this.failure = null;
    if (Object.keys(wrong).length === 0) {
      this.busy = true;
      try {
        await work();
        return true;
      } catch (error) {
        this.errors = fields(error);
        await tick();
        // No field that is shown takes the blame.
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
