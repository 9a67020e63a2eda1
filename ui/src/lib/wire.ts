// The JSON of the HTTP API, as far as the web app reads it.

/** What the app must know before its first request. */
export interface Boot {
  appName: string;
  /** No user exists yet: whoever registers now becomes the administrator. */
  needsFirstUser: boolean;
  /** Strangers share the one account of this instance. */
  isDemo: boolean;
  disableRegistration: boolean;
  /** The providers by way of which people may sign in. */
  sso?: Provider[];
  /** All but administrators must. */
  useSsoOnly?: boolean;
  /** A reverse proxy signs people in; there are no sign-in pages. */
  proxyAuth: boolean;
  proxyTokens?: boolean;
  proxyLogoutUrl: string | null;
  /** The server's time, in whole Unix seconds. */
  now: number;
}

export type Provider = 'openid' | 'github';

export type OtpType = 'totp' | 'hotp' | 'steamtotp';
export type Algorithm = 'sha1' | 'sha256' | 'sha512' | 'md5';

/** A code as the list brings it along. */
export interface ListedOtp {
  password: string;
  next_password: string;
  /** The server's time, in whole Unix seconds. */
  generated_at: number;
}

export interface TimedOtp extends ListedOtp {
  otp_type: 'totp' | 'steamtotp';
  period: number;
}

export interface CountedOtp {
  password: string;
  otp_type: 'hotp';
  /** The counter after this code. */
  counter: number;
}

export type Otp = TimedOtp | CountedOtp;

export interface AccountFields {
  otp_type: OtpType;
  account: string;
  service: string | null;
  icon: string | null;
  digits: number;
  algorithm: Algorithm;
  period: number | null;
  counter: number | null;
}

export interface Account extends AccountFields {
  id: number;
  group_id: number | null;
  is_borrowed?: true;
  borrowed_by?: string | null;
  is_shared?: true;
  is_shared_with_all?: true;
  otp?: ListedOtp;
}

/** An account with its secret, as its owner may read it. */
export interface SecretAccount extends Account {
  secret: string;
}

export interface PreviewedAccount extends AccountFields {
  secret: string;
}

export interface Group {
  id: number;
  name: string;
  show_in_chips: boolean | null;
  twofaccounts_count: number;
}

/** The preferences that the web app acts upon. */
export interface Preferences {
  showOtpAsDot: boolean;
  revealDottedOTP: boolean;
  showNextOtp: boolean;
  closeOtpOnCopy: boolean;
  copyOtpOnDisplay: boolean;
  clearSearchOnCopy: boolean;
  displayMode: 'list' | 'grid';
  showAccountsIcons: boolean;
  /** Minutes; 0 never; −1 when a code is copied. */
  kickUserAfter: number | string;
  activeGroup: number;
  defaultGroup: number;
  useGroupChips: boolean;
  rememberActiveGroup: boolean;
  viewDefaultGroupOnCopy: boolean;
  defaultCaptureMode: 'livescan' | 'upload' | 'advancedForm';
  theme: 'system' | 'light' | 'dark';
  formatPassword: boolean;
  /** 0.5 halves the code; 2 and 3 are the size of its parts. */
  formatPasswordBy: number | string;
  lang: string;
  /** An IANA name. */
  timezone: string;
  useWebauthnOnly: boolean;
  notifyOnNewAuthDevice: boolean;
  notifyOnFailedLogin: boolean;
  notifyOnShare: boolean;
  notifyOnOwnershipTransfer: boolean;
  getOtpOnRequest: boolean;
  /** Minutes after which a shown code is put away; 0 never. */
  autoCloseTimeout: number | string;
}

export interface PreferenceState {
  key: string;
  value: unknown;
  locked: boolean;
}

export interface User {
  id: number;
  name: string;
  email: string;
  /** Who signs the person in, when not Sixpin itself: `github` or `openid`. */
  oauth_provider: string | null;
  authenticated_by_proxy?: boolean;
  is_admin: boolean;
  preferences: Preferences;
  appSettings: { enableSharing: boolean; enableAllUsersSharingScope: boolean };
}

export interface Passkey {
  id: string;
  alias: string | null;
  /** Where it was made. */
  origin: string;
}

/** A user as administrators see one. */
export interface ManagedUser extends User {
  twofaccounts_count: number;
  /** Words, such as "2 hours ago". */
  last_seen_at: string;
  created_at: string;
}

/** A user alone, with what hangs on it. */
export interface ManagedUserAlone {
  info: ManagedUser;
  /** A moment; 0 once it has expired; null without one. */
  password_reset: string | 0 | null;
  valid_personal_access_tokens: number;
  webauthn_credentials: number;
}

/** A place where somebody is signed in. */
export interface Visit {
  id: string;
  /** Whether it is the one that asks. */
  is_current: boolean;
  ip_address: string | null;
  browser: string | null;
  platform: string | null;
  device: string;
  /** ISO 8601. */
  created_at: string;
  last_used_at: string;
}

/** How mails leave the server, and how they fared since it started. */
export interface MailState {
  mailer: 'log' | 'sendmail' | 'smtp';
  /** Where they go. */
  server: string | null;
  from: string;
  sent: number;
  waiting: number;
  failed: number;
  failures: { at: string; to: string; about: string; error: string }[];
}

export interface SignInEntry {
  id: number;
  ip_address: string | null;
  browser: string | false;
  platform: string | false;
  device: string;
  /** English words, in the time zone of the reader's preference. */
  login_at: string | null;
  logout_at: string | null;
  login_successful: boolean;
  login_method: 'password' | 'webauthn' | null;
}

export interface AccessToken {
  id: string;
  name: string;
  /** ISO 8601. */
  expires_at: string;
}

/** A token just made: its text is told this once. */
export interface NewAccessToken {
  accessToken: string;
  accessTokenId: string;
}
