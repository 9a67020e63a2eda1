import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { picture } from './server.js';
import { totp } from './totp.js';

const PATIENCE = 10_000;

/** The user of the journeys. */
export const ANA = { name: 'Ana', email: 'ana@example.org', password: 'correct horse battery staple' };
export const BOB = { name: 'Bob', email: 'bob@example.org', password: 'battery staple horse' };

/** Waits until `check` no longer throws. */
export async function eventually(check) {
  for (const start = Date.now(); ; await pause(50)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() - start > PATIENCE) throw error;
    }
  }
}

/** A user of the web app, who finds everything by its accessible name. */
export class Person {
  constructor(visitor, say) {
    this.visitor = visitor;
    this.page = visitor.page;
    this.say = say;
  }

  button(key, values) {
    return this.page.getByRole('button', { name: this.say(key, values), exact: true });
  }

  link(key, values) {
    return this.page.getByRole('link', { name: this.say(key, values), exact: true });
  }

  field(key) {
    return this.page.getByLabel(this.say(key), { exact: true });
  }

  /** Waits for the page with this heading. */
  async onPage(key) {
    await this.page.getByRole('heading', { level: 1, name: this.say(key), exact: true }).waitFor({ state: 'attached' });
  }

  /** Waits for a toast with this text. */
  async told(key, values) {
    await this.page.getByRole('status').filter({ hasText: this.say(key, values) }).first().waitFor();
  }

  async becomeAdministrator() {
    await this.onPage('setup.title');
    await this.field('person.name').fill(ANA.name);
    await this.field('person.email').fill(ANA.email);
    await this.field('person.password').fill(ANA.password);
    await this.button('setup.action').click();
    await this.onPage('add.title');
  }

  /** Registers, coming from the sign-in page. */
  async register({ name, email, password }) {
    await this.onPage('signIn.title');
    await this.link('register.action').click();
    await this.onPage('register.title');
    await this.field('person.name').fill(name);
    await this.field('person.email').fill(email);
    await this.field('person.password').fill(password);
    await this.button('register.action').click();
    await this.onPage('accounts.title');
  }

  async signIn({ email = ANA.email, password = ANA.password } = {}) {
    await this.onPage('signIn.title');
    await this.field('person.email').fill(email);
    await this.field('person.password').fill(password);
    await this.button('signIn.action').click();
  }

  async signOut() {
    await this.button('menu').click();
    await this.button('signOut').click();
    await this.onPage('signIn.title');
  }

  /** Opens a section of the settings from the menu. */
  async openSettings(section) {
    await this.button('menu').click();
    await this.link('settings.title').click();
    await this.onPage('settings.title');
    await this.link(section).click();
  }

  async startAdding(tab) {
    await this.link('add.short').click();
    await this.onPage('add.title');
    await this.page.getByRole('tab', { name: this.say(tab), exact: true }).click();
  }

  /** Chooses a picture of a QR code, which fills the form. */
  async readPicture(name) {
    await this.page.getByLabel(this.say('add.choose'), { exact: true }).setInputFiles(picture(name));
  }

  async paste(text) {
    await this.field('add.pasteLabel').fill(text);
    await this.button('add.continue').click();
  }

  /** Saves the form and waits for the list. */
  async save(title) {
    await this.button('add.save').click();
    await this.told('add.done', { account: title });
    await this.row(title).waitFor();
  }

  /** Returns the row of an account in the list. */
  row(title) {
    return this.page.getByRole('listitem').filter({ hasText: title }).getByRole('link');
  }

  rows() {
    return this.page.getByRole('list', { name: this.say('accounts.title'), exact: true }).getByRole('listitem');
  }

  /** Shows the code of an account. */
  async open(title) {
    await this.row(title).click();
    return this.page.getByRole('dialog', { name: title, exact: true });
  }

  async edit(title) {
    await this.open(title);
    await this.link('account.edit', { account: title }).click();
    await this.onPage('edit.title');
    // The form is filled once the account is loaded.
    await this.field('form.secret').waitFor();
  }

  async saveChanges() {
    await this.button('edit.save').click();
    await this.told('edit.done');
    await this.onPage('accounts.title');
  }

  /** Waits until `place` shows the right code for `secret`: the current one, or the previous one while it changes. */
  async seesCode(place, secret) {
    await eventually(async () => {
      const text = await place.textContent();
      assert.ok([totp(secret), totp(secret, -1)].includes(text.trim()), `${text} is not the code`);
    });
  }

  /** Waits until the clipboard holds the right code for `secret`. */
  async holdsCode(secret) {
    await eventually(async () => {
      const text = await this.visitor.clipboard();
      assert.ok([totp(secret), totp(secret, -1)].includes(text), `the clipboard holds ${text}`);
    });
  }
}
