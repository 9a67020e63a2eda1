/** The parameters of a link from a mail: the recipient, and the proof that they received it. */
export interface MailLink {
  email: string;
  token: string;
}

/** Reads the query of the page's address; `null` if a part of the link is missing. */
export function readMailLink(query: string): MailLink | null {
  const values = new URLSearchParams(query);
  const email = values.get('email')?.trim() ?? '';
  const token = values.get('token')?.trim() ?? '';
  return email === '' || token === '' ? null : { email, token };
}
