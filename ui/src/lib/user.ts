import type { SignedIn, Preferences as Stored, User as Described } from './wire.gen';

/** The preferences that the app uses, with the types that clients write. */
interface Known {
  showOtpAsDot: boolean;
  revealDottedOTP: boolean;
  showNextOtp: boolean;
  closeOtpOnCopy: boolean;
  copyOtpOnDisplay: boolean;
  clearSearchOnCopy: boolean;
  displayMode: 'list' | 'grid';
  showAccountsIcons: boolean;
  kickUserAfter: number | string;
  activeGroup: number;
  defaultGroup: number;
  useGroupChips: boolean;
  rememberActiveGroup: boolean;
  viewDefaultGroupOnCopy: boolean;
  defaultCaptureMode: 'livescan' | 'upload' | 'advancedForm';
  theme: 'system' | 'light' | 'dark';
  formatPassword: boolean;
  formatPasswordBy: number | string;
  lang: string;
  timezone: string;
  useWebauthnOnly: boolean;
  notifyOnNewAuthDevice: boolean;
  notifyOnFailedLogin: boolean;
  notifyOnShare: boolean;
  notifyOnOwnershipTransfer: boolean;
  getOtpOnRequest: boolean;
  autoCloseTimeout: number | string;
}

/** A user's preferences. `Pick` refuses a name that the contract doesn't have. */
export type Preferences = Known & Pick<Stored, keyof Known>;

/** The user who is signed in. */
export type User = Omit<SignedIn, 'message' | 'preferences'> & { preferences: Preferences };

/** Returns a user of the API as the app's own. The server stores preferences of any type; the app trusts the usual ones. */
export function asUser(user: SignedIn | Described): User {
  return user as User;
}
