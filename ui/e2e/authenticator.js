/** A virtual authenticator that holds passkeys, driven over the DevTools protocol. */
export class Authenticator {
  #session;
  #id;

  /** Adds an authenticator to a visitor's browser: built into the device, or a security key. */
  static async attach(visitor, { roaming = false } = {}) {
    const authenticator = new Authenticator();
    authenticator.#session = await visitor.context.newCDPSession(visitor.page);
    await authenticator.#session.send('WebAuthn.enable', { enableUI: false });
    const { authenticatorId } = await authenticator.#session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: roaming ? 'usb' : 'internal',
        hasResidentKey: !roaming,
        hasUserVerification: !roaming,
        isUserVerified: !roaming,
        automaticPresenceSimulation: true,
      },
    });
    authenticator.#id = authenticatorId;
    return authenticator;
  }

  /** Returns its passkeys. */
  async passkeys() {
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', { authenticatorId: this.#id });
    return credentials;
  }

  /** Makes it confirm requests, or leave them unanswered. */
  async confirm(yes) {
    await this.#session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.#id, enabled: yes });
  }

  /** Removes it. */
  async detach() {
    await this.#session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.#id });
  }
}
