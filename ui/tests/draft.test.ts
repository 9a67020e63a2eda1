import { describe, expect, test } from 'vitest';
import { blankDraft, findUris, toRequest, toDraft, isSecret, recognise, tidySecret } from '../src/lib/draft';

describe('a pasted text', () => {
  test.each([
    ['otpauth://totp/Example:ana?secret=JBSWY3DPEHPK3PXP', 'uri'],
    ['  OTPAUTH://HOTP/x?secret=A\n', 'uri'],
    ['otpauth-migration://offline?data=x', 'migration'],
    ['jbsw y3dp ehpk 3pxp', 'secret'],
    ['JBSW-Y3DP-EHPK-3PXP====', 'secret'],
    ['JBSWY3DP\u200bEHPK3PXP', 'secret'],
    ['steam://JBSWY3DPEHPK3PXP', 'uri'],
    ['otpauth://steam/Steam:ana?secret=JBSWY3DPEHPK3PXP', 'uri'],
    ['otpauth://totp?secret=JBSWY3DPEHPK3PXP', 'uri'],
    ['\ufeffotp\u2060auth://totp/x?secret=A', 'uri'],
    ['hello', 'unknown'],
    ['https://example.org', 'foreign'],
    ['phonefactor://activate_account?code=1', 'foreign'],
    ['JBSWY3DPEHPK3PX1', 'unknown'],
    ['', 'unknown'],
  ])('%j is %s', (text, kind) => {
    expect(recognise(text)).toBe(kind);
  });
});

test('the addresses in a text are found one by one', () => {
  const [first, second] = ['otpauth://totp/A:a?secret=AAAA', 'otpauth://totp/B b:b?secret=BBBB'];
  expect(findUris(first)).toEqual([first]);
  expect(findUris(`${first}\r\n\n${second}\nsteam://CCCC`)).toEqual([first, second, 'steam://CCCC']);
  expect(findUris(`${first} ${second}`)).toEqual([first, second]);
  expect(findUris(`codes: ${first}\nnotes`)).toEqual([first]);
  expect(findUris('JBSWY3DPEHPK3PXP')).toEqual([]);
});

test('a counter keeps every digit', () => {
  const counter = '9007199254740993';
  expect(toRequest({ ...blankDraft(), type: 'hotp', counter }).counter).toBe(counter);
  expect(toRequest({ ...blankDraft(), type: 'hotp', counter: '7' }).counter).toBe(7);
});

test('a secret is normalized', () => {
  expect(tidySecret(' jbsw-y3dp  ehpk\t3pxp==')).toBe('JBSWY3DPEHPK3PXP');
  expect(isSecret('a b 2')).toBe(true);
  expect(isSecret('')).toBe(false);
  expect(isSecret('ÄÖ')).toBe(false);
});

describe('a draft', () => {
  test('of a time-based account leaves the counter out', () => {
    const sent = toRequest({ ...blankDraft(), service: ' Example ', account: ' ana ', secret: 'jbsw y3dp', counter: 7, group: 3 });
    expect(sent).toEqual({
      service: 'Example',
      account: 'ana',
      icon: null,
      otp_type: 'totp',
      secret: 'JBSWY3DP',
      digits: 6,
      algorithm: 'sha1',
      period: 30,
      counter: null,
      group_id: 3,
    });
  });

  test('of a counter-based account leaves the period out', () => {
    expect(toRequest({ ...blankDraft(), type: 'hotp', counter: 7 })).toMatchObject({ otp_type: 'hotp', period: null, counter: 7 });
  });

  test('of Steam has Steam’s parameters', () => {
    const sent = toRequest({ ...blankDraft(), type: 'steamtotp', service: 'x', digits: 8, algorithm: 'sha512', period: 60 });
    expect(sent).toMatchObject({ service: 'Steam', digits: 5, algorithm: 'sha1', period: 30, counter: null });
  });

  test('with emptied numbers has the defaults', () => {
    expect(toRequest({ ...blankDraft(), digits: null, period: null })).toMatchObject({ digits: 6, period: 30, service: null });
  });

  test('of an account keeps everything of it', () => {
    const account = {
      id: 4,
      group_id: 2,
      otp_type: 'totp' as const,
      account: 'ana',
      service: 'Example',
      icon: 'x.svg',
      secret: 'EEEE====',
      digits: 8,
      algorithm: 'sha256' as const,
      period: 60,
      counter: null,
    };
    const { id: _, ...fields } = account;
    expect(toRequest(toDraft(account))).toEqual({ ...fields, secret: 'EEEE' });
  });
});
