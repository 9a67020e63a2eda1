// Texts for the codes in the server's report on sign-in by a proxy.

import type { Key } from './i18n.svelte';

/** Topics of the settings. */
export const TOPICS: Readonly<Record<string, Key>> = {
  administrators: 'proxied.topicAdministrators',
  algorithms: 'proxied.topicAlgorithms',
  aliases: 'proxied.topicAliases',
  assertion: 'proxied.topicAssertion',
  audiences: 'proxied.topicAudiences',
  case: 'proxied.topicCase',
  certificate: 'proxied.topicCertificate',
  claims: 'proxied.topicClaims',
  create: 'proxied.topicCreate',
  deleted: 'proxied.topicDeleted',
  email: 'proxied.topicEmail',
  encoding: 'proxied.topicEncoding',
  first: 'proxied.topicFirst',
  forwarded: 'proxied.topicForwarded',
  groups: 'proxied.topicGroups',
  id: 'proxied.topicId',
  issuer: 'proxied.topicIssuer',
  keys: 'proxied.topicKeys',
  logout: 'proxied.topicLogout',
  name: 'proxied.topicName',
  peers: 'proxied.topicPeers',
  prefix: 'proxied.topicPrefix',
  preset: 'proxied.topicPreset',
  secret: 'proxied.topicSecret',
  suffix: 'proxied.topicSuffix',
  tokens: 'proxied.topicTokens',
  user: 'proxied.topicUser',
};

/** Advice: problems and remedies. */
export const TRAPS: Readonly<Record<string, Key>> = {
  aliases_ignored: 'proxied.trapAliasesIgnored',
  cgi_name: 'proxied.trapCgiName',
  deleted_return: 'proxied.trapDeletedReturn',
  everybody_trusted: 'proxied.trapEverybodyTrusted',
  forwarded_ignored: 'proxied.trapForwardedIgnored',
  gateway_trusted: 'proxied.trapGatewayTrusted',
  google_prefix: 'proxied.trapGooglePrefix',
  loopback_trusted: 'proxied.trapLoopbackTrusted',
  network_trusted: 'proxied.trapNetworkTrusted',
  no_email: 'proxied.trapNoEmail',
  no_logout_url: 'proxied.trapNoLogoutUrl',
  no_stable_id: 'proxied.trapNoStableId',
  nobody_trusted: 'proxied.trapNobodyTrusted',
  oauth2_proxy: 'proxied.trapOauth2Proxy',
  public_trusted: 'proxied.trapPublicTrusted',
  socket_trusted: 'proxied.trapSocketTrusted',
  tailscale_encoding: 'proxied.trapTailscaleEncoding',
  tailscale_login: 'proxied.trapTailscaleLogin',
  underscore_name: 'proxied.trapUnderscoreName',
  unnamed_proxy: 'proxied.trapUnnamedProxy',
  unsigned_header: 'proxied.trapUnsignedHeader',
};

/** Known traps of proxies. */
export const SOFTWARE: Readonly<Record<string, Key>> = {
  Apache: 'proxied.apache',
  Caddy: 'proxied.caddy',
  HAProxy: 'proxied.haproxy',
  nginx: 'proxied.nginx',
  Traefik: 'proxied.traefik',
};

/** Reasons of refusals. */
export const REASONS: Readonly<Record<string, Key>> = {
  account_disabled: 'proxied.accountDisabled',
  header_alias: 'proxied.headerAlias',
  header_bad_char: 'proxied.headerBadChar',
  header_duplicate: 'proxied.headerDuplicate',
  header_empty: 'proxied.headerEmpty',
  header_hop_by_hop: 'proxied.headerHopByHop',
  header_missing: 'proxied.headerMissing',
  header_prefix: 'proxied.headerPrefix',
  header_sentinel: 'proxied.headerSentinel',
  header_suffix: 'proxied.headerSuffix',
  header_too_long: 'proxied.headerTooLong',
  header_undecodable: 'proxied.headerUndecodable',
  identity_conflict: 'proxied.identityConflict',
  name_collision: 'proxied.nameCollision',
  proof_invalid: 'proxied.proofInvalid',
  proof_mismatch: 'proxied.proofMismatch',
  tombstoned: 'proxied.tombstoned',
  unknown_user: 'proxied.unknownUser',
  untrusted_peer: 'proxied.untrustedPeer',
};
