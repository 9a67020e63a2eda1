import { describe, expect, test } from 'vitest';
import { pickCode, splitCode, periodEnd, secondsLeft, spellCode } from '../src/lib/codes';

describe('a code', () => {
  test.each([
    ['123456', 0.5, ['123', '456']],
    ['1234567', 0.5, ['1234', '567']],
    ['12345678', 0.5, ['1234', '5678']],
    ['123456', 2, ['12', '34', '56']],
    ['12345678', 3, ['123', '456', '78']],
    ['RWXY2', 0.5, ['RWX', 'Y2']],
    ['123456', null, ['123456']],
    ['123456', 0, ['123456']],
    ['123456', NaN, ['123456']],
    ['123', 2, ['123']],
    ['', 2, ['']],
  ])('%s by %s is shown as %j', (code, by, shown) => {
    expect(splitCode(code, by)).toEqual(shown);
  });

  test('is spelled out character by character', () => {
    expect(spellCode('01R')).toBe('0 1 R');
  });
});

describe('a period', () => {
  test.each([
    [0, 30, 30],
    [29, 30, 1],
    [30, 30, 30],
    [1_700_000_000, 30, 10],
    [59, 60, 1],
  ])('at %i of %i s has %i s left', (now, period, left) => {
    expect(secondsLeft(now, period)).toBe(left);
    expect(periodEnd(now, period)).toBe(now + left);
  });
});

describe('the valid code', () => {
  const otp = { password: '111111', next_password: '222222', generated_at: 1_700_000_005 };

  test.each([
    [1_700_000_005, '111111', '222222'],
    [1_700_000_009, '111111', '222222'],
    [1_700_000_004, '111111', '222222'],
    [1_700_000_010, '222222', null],
    [1_700_000_039, '222222', null],
  ])('at %i is %s, then %s', (now, code, next) => {
    expect(pickCode(otp, 30, now)).toEqual({ code, next });
  });

  test.each([1_700_000_040, 1_700_100_000, 0])('at %i is nothing', (now) => {
    expect(pickCode(otp, 30, now)).toBeNull();
  });
});
