import { api } from './api';
import { t, type Key } from './i18n.svelte';
import type { Answer, Body } from './operations';

export type ExportFile = Answer<'post', '/api/v2/exports'>;
export type Form = Body<'post', '/api/v2/exports'>['format'];
type Encryption = 'always' | 'possible' | 'never';

interface FormText {
  name: Key;
  /** What it carries, and what it can't. */
  text: Key;
  encryption: Encryption;
}

/** The forms of a file, the most complete first. */
export const FORMS: Record<Form, FormText> = {
  sixpin: { name: 'export.form.sixpin', text: 'export.form.sixpinText', encryption: 'always' },
  aegis: { name: 'export.form.aegis', text: 'export.form.aegisText', encryption: 'possible' },
  uris: { name: 'export.form.uris', text: 'export.form.urisText', encryption: 'never' },
  google: { name: 'export.form.google', text: 'export.form.googleText', encryption: 'never' },
  '2fauth': { name: 'export.form.2fauth', text: 'export.form.2fauthText', encryption: 'never' },
  cxf: { name: 'export.form.cxf', text: 'export.form.cxfText', encryption: 'never' },
};

const REASONS: Record<ExportFile['left_out'][number]['code'], Key> = {
  algorithm: 'export.why.algorithm',
  digits: 'export.why.digits',
  kind: 'export.why.kind',
  period: 'export.why.period',
  secret: 'export.why.secret',
  size: 'export.why.size',
  unnamed: 'export.why.unnamed',
  unreadable: 'export.why.unreadable',
};

const NOTES: Record<ExportFile['notes'][number]['code'], Key> = {
  keepassxc_period: 'export.note.keepassxcPeriod',
  pyotp_period: 'export.note.pyotpPeriod',
  pyotp_secret: 'export.note.pyotpSecret',
};

/** Explains why an account is not in a file. */
export function explainLeftOut({ code }: ExportFile['left_out'][number]): string {
  return t(REASONS[code]);
}

/** Says what a program that reads the file gets wrong. */
export function explainNote({ code, titles }: ExportFile['notes'][number]): string {
  return t(NOTES[code], { accounts: titles.join('; ') });
}

/** Asks for a file of these accounts, or of all. */
export function writeFile(format: Form, ids: readonly number[] | null, password: string): Promise<ExportFile> {
  const chosen = ids === null ? {} : { ids: ids.join(',') };
  return api.post('/api/v2/exports', { body: { format, ...chosen, ...(password === '' ? {} : { password }) } });
}

/** Hands a file to the browser, which saves it. */
export function save({ filename, media_type, content }: ExportFile): void {
  const url = URL.createObjectURL(new Blob([content], { type: media_type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = filename;
  link.click();
  // Not every browser has begun to read by now.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
