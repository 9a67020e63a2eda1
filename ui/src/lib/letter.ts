/** What the link of a mail carries: for whom it is, and the proof that the mail was read. */
export interface Letter {
  email: string;
  token: string;
}

/** The letter of the page's address; nothing if a part of the link is missing. */
export function readLetter(query: string): Letter | null {
  const values = new URLSearchParams(query);
  const email = values.get('email')?.trim() ?? '';
  const token = values.get('token')?.trim() ?? '';
  return email === '' || token === '' ? null : { email, token };
}
