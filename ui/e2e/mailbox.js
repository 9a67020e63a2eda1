import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

const PATIENCE = 10_000;

/** A mail server and the mails it received. It stops with the test. */
export class Mailbox {
  #mails = [];
  #waiting = [];
  #server;

  static async open(t) {
    const mailbox = new Mailbox();
    mailbox.#server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData(stream, session, done) {
        buffer(stream)
          .then((bytes) => PostalMime.parse(bytes))
          .then((mail) => {
            mailbox.#take(mail);
            done();
          }, done);
      },
    });
    mailbox.#server.listen(0, '127.0.0.1');
    await once(mailbox.#server.server, 'listening');
    t.after(() => mailbox.close());
    return mailbox;
  }

  /** Variables that make a server send its mails here. */
  get settings() {
    return {
      MAIL_MAILER: 'smtp',
      MAIL_HOST: '127.0.0.1',
      MAIL_PORT: String(this.#server.server.address().port),
      MAIL_ENCRYPTION: 'null',
      MAIL_FROM_ADDRESS: 'sixpin@example.org',
    };
  }

  /** Stops accepting mails. */
  close() {
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** Waits for the next mail, the oldest first. */
  next() {
    const mail = this.#mails.shift();
    if (mail !== undefined) return Promise.resolve(mail);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('no mail came')), PATIENCE);
      this.#waiting.push((came) => {
        clearTimeout(late);
        resolve(came);
      });
    });
  }

  #take(mail) {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#mails.push(mail);
    else waiting(mail);
  }
}

/** Returns the link of a mail. */
export function link({ text }) {
  return /https?:\/\/\S+token=\S+/.exec(text)[0];
}
