/** A device or key that holds passkeys, driven over the DevTools protocol. */
export class Authenticator {
  #session;
  #id;

  /** Gives the visitor one: built into the device, or a key that is plugged in. */
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

  /** The passkeys that it holds. */
  async passkeys() {
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', { authenticatorId: this.#id });
    return credentials;
  }

  /** Makes whoever holds it confirm what is asked, or leave it unanswered. */
  async confirm(yes) {
    await this.#session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.#id, enabled: yes });
  }

  /** Takes it away. */
  async detach() {
    await this.#session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.#id });
  }
}
