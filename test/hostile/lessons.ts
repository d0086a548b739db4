/** A class of holes that gateways really had, and what stands against it here. */
export interface Lesson {
  /** Cases name it. */
  readonly id: string
  /** What went wrong elsewhere, with one or two of the cases on record. */
  readonly title: string
  /** What Cardea does instead. */
  readonly rule: string
  /** Tests that prove it beside the hostile cases: a file, and a text that stands in it. */
  readonly elsewhere?: readonly (readonly [file: string, text: string])[]
  /** Why there is nothing to prove here: the platform's job, or a thing that Cardea does not have. */
  readonly notHere?: string
}

const JWT = 'src/policies/jwt-auth'

export const lessons: readonly Lesson[] = [
  {
    id: 'dot-segments',
    title: '`..` routed before it was resolved (CVE-2025-32431)',
    rule: 'Plain dot segments are resolved by workerd before anything matches; what is left is refused.',
  },
  {
    id: 'encoded-dots',
    title: 'the same, written `%2e%2e` (GHSA-vrch-868g-9jx5)',
    rule: 'Unreserved characters are decoded once; a segment that then is `.` or `..` is refused.',
    elsewhere: [['src/core/path.test.ts', 'refuses %s, which two readers could read differently']],
  },
  {
    id: 'double-decoding',
    title: 'a path decoded once here and once there (GHSA-5r4p-p66f-jhc7)',
    rule: '`%25` stays `%25`: nothing is decoded twice.',
  },
  {
    id: 'encoded-reserved',
    title: '`%2F`, `%5C`, `%00`, `%3F` read in two ways (CVE-2025-66490, CVE-2021-29492)',
    rule: 'Backslash and NUL are refused, an encoded slash too unless the route allows it, the rest stays encoded.',
  },
  {
    id: 'strip-then-normalise',
    title: 'a prefix stripped, then dots resolved (CVE-2026-48020)',
    rule: 'A path is checked again after every rewrite.',
    elsewhere: [['src/handlers/proxy/proxy.test.ts', 'looks at a rewritten path again']],
  },
  {
    id: 'one-path',
    title: 'router and proxy using two forms of the path (GHSA-6jwx-7vp4-9847)',
    rule: 'There is one canonical form; tests assert the bytes sent upstream.',
    elsewhere: [['test/hostile/property.test.ts', 'agrees on']],
  },
  {
    id: 'path-parameters',
    title: '`..;x=1` and `;x` seen by one reader only (CVE-2026-73551)',
    rule: 'A dot segment before `;` is refused; otherwise `;` is a character like any other, for all.',
  },
  {
    id: 'fragment',
    title: '`#` in the request target (CVE-2021-32779, CVE-2023-47106)',
    rule: 'Refused, in the path and in the query; `%23` stays `%23`.',
  },
  {
    id: 'target-forms',
    title: 'absolute and opaque targets, no leading slash (CVE-2026-33186)',
    rule: 'The platform’s: workerd answers them itself, with a bare 4xx or 500, and the Worker never sees them.',
  },
  {
    id: 'slashes-and-case',
    title: 'trailing slash, double slash, other case (CVE-2026-2880)',
    rule: 'Policies belong to the matched operation. A path that is not exactly one has no route at all.',
  },
  {
    id: 'parameter-injection',
    title: 'captured parameters put back unencoded (CVE-2026-16117, CVE-2021-21322)',
    rule: 'What a template inserts is encoded for where it lands.',
    elsewhere: [['src/core/template.test.ts', 'encodes a value for a place in %s']],
  },
  {
    id: 'deny-lists',
    title: 'a deny-list over the raw URL (CVE-2021-43557)',
    rule: 'There is no list of forbidden paths. What no route matches is answered with 404.',
    elsewhere: [
      ['src/core/router.test.ts', 'takes a trailing slash and an empty segment as significant'],
    ],
  },
  {
    id: 'odd-bytes',
    title: 'a pattern that fails open on bytes that are not ASCII (CVE-2026-73552)',
    rule: 'Invalid UTF-8 is refused in paths and validated bodies; in credentials it matches nothing; in field names it is dropped.',
  },
  {
    id: 'duplicate-fields',
    title: 'one of several equal fields looked at (CVE-2020-25017)',
    rule: 'Two sets of credentials are refused; whom a limit counts is not decided by a field that is there twice.',
  },
  {
    id: 'hop-by-hop',
    title: '`Connection` naming fields of the gateway (CVE-2024-45410, CVE-2026-29054)',
    rule: 'What it names is removed before the gateway sets anything, in any case.',
    elsewhere: [['src/core/upstream-request.test.ts', 'drops what Connection names']],
  },
  {
    id: 'header-aliases',
    title: '`X_User` and `X.User` read as `X-User` (CVE-2026-88011)',
    rule: 'Fields whose name has another character than letter, digit and hyphen go no further.',
    elsewhere: [['test/hostile/fuzz.ts', 'random header sections']],
  },
  {
    id: 'identity-cleared',
    title: 'an identity header of the client left standing (CVE-2026-44087, CVE-2026-31908)',
    rule: 'What says who or where a client is, is removed on every route, also an open one, before anything is set.',
  },
  {
    id: 'trusted-forwarding',
    title: '`X-Forwarded-*` believed by default (CVE-2025-41235, CVE-2026-40575)',
    rule: 'Nobody is, until `trustedProxies` lists it.',
    elsewhere: [['src/core/client.test.ts', 'believes a listed proxy']],
  },
  {
    id: 'limit-key',
    title: 'limits by a field that the client chooses (CVE-2026-110726, CVE-2026-27700)',
    rule: 'By the socket’s address, IPv6 by /64, by key or principal. Spaces, spelling and place make nobody another caller, and 1,024 characters are the longest name of one.',
    elsewhere: [['src/lib/address-group.test.ts', '2001:db8:1:2::/64']],
  },
  {
    id: 'control-headers',
    title: 'a header that switches checks off (CVE-2025-29927, CVE-2022-24112)',
    rule: 'No header changes what runs. Fields that would change path or method behind the gateway are removed.',
  },
  {
    id: 'jwt-algorithms',
    title: 'a token choosing its algorithm (CVE-2026-22817, CVE-2026-34950)',
    rule: 'Algorithms come from the config, and each works only with a key of its type.',
    elsewhere: [[`${JWT}/algorithms.test.ts`, 'never takes a public key for a secret']],
  },
  {
    id: 'jwt-claims',
    title: '`exp: "never"`, `exp: 0`, no `exp` (Hono before 4.12.18)',
    rule: 'Times are finite numbers and `exp` is required; anything else is refused.',
    elsewhere: [[`${JWT}/claims.test.ts`, 'of another type than asked for']],
  },
  {
    id: 'token-cache',
    title: 'a verdict remembered for another route (CVE-2026-35039, CVE-2026-33496)',
    rule: 'A verified token is remembered by its whole text, by one policy alone, while its key and its times hold. Scopes are looked at each time, as with a remembered API key.',
    elsewhere: [
      [`${JWT}/verified-tokens.test.ts`, 'another audience refuses the same token'],
      [`${JWT}/verified-tokens.test.ts`, 'when the issuer has taken its key away'],
    ],
  },
  {
    id: 'decryption',
    title: 'an encrypted token passed on unread (CVE-2026-49230)',
    rule: 'Encrypted tokens are not taken at all.',
  },
  {
    id: 'jwt-key-urls',
    title: 'keys fetched from where a token says (CVE-2026-48522)',
    rule: 'Keys come from the config only: over https, without redirects, with limits of size and time.',
    elsewhere: [
      [`${JWT}/remote-keys.test.ts`, 'never from where a token says'],
      [`${JWT}/remote-keys.test.ts`, 'without following redirects'],
    ],
  },
  {
    id: 'issuer-audience',
    title: '`iss` as a list, `aud` compared in part (CVE-2025-30144)',
    rule: 'Compared exactly; `aud` may be a list, of which one member has to match.',
  },
  {
    id: 'oauth',
    title: 'PKCE left out, redirect URIs by prefix (CVE-2025-4144)',
    rule: '',
    notHere: 'Cardea is no OAuth client or server; it only verifies tokens.',
  },
  {
    id: 'allow-by-url',
    title: 'authentication skipped where a pattern matches the URL (CVE-2025-54576)',
    rule: 'Nothing is skipped by a pattern: a route has its policies or it has not, and the query is no part of the match.',
  },
  {
    id: 'admin-plane',
    title: 'default secrets, open administration (CVE-2020-13945, CVE-2022-22947)',
    rule: 'There is no default secret, and the administration does not compile without an authenticating policy.',
    elsewhere: [['src/policies/bearer-token/bearer-token.test.ts', 'fewer than 32 characters']],
  },
  {
    id: 'outside-auth',
    title: 'one path outside the layer that authenticates (CVE-2021-45232)',
    rule: 'Everything reachable is a route, and policies of `gateway.json` stand before all of them.',
  },
  {
    id: 'caching',
    title: 'answers of one caller cached for another (CVE-2026-24472, CVE-2026-44457)',
    rule: '',
    notHere: 'No policy of this version keeps answers; every refusal says `no-store`.',
  },
  {
    id: 'body-limit',
    title: 'a size limit that believes Content-Length (CVE-2025-59139, CVE-2026-44456)',
    rule: 'Bytes are counted as they come; the upstream never sees a request that is too large whole.',
    elsewhere: [['test/gateway/body-limit.test.ts', 'which the upstream never sees whole']],
  },
  {
    id: 'body-length',
    title: 'two framings in one request, so two requests for another reader',
    rule: 'workerd refuses what it cannot frame in one way; upstream goes one framing, made anew.',
    elsewhere: [['test/hostile/connections.ts', 'each of several requests has its own answer']],
  },
  {
    id: 'duplicate-names',
    title: 'a name twice in JSON: one reader takes the first (CVE-2022-25757)',
    rule: 'Refused, in tokens, in validated bodies and by the administration.',
    elsewhere: [['src/lib/duplicate-names.test.ts', 'hasDuplicateNames']],
  },
  {
    id: 'content-types',
    title: 'a body slipped past by its media type (CVE-2025-32442)',
    rule: 'On a validated route a type that is not described is 415; types are compared parsed.',
  },
  {
    id: 'cors',
    title: 'any origin reflected, with credentials (CVE-2025-71381)',
    rule: 'Only listed origins, byte for byte; `Vary: Origin` always; credentials only with exact origins.',
    elsewhere: [['src/policies/cors/cors.test.ts', 'credentials']],
  },
  {
    id: 'csrf',
    title: 'login callbacks without state, forms of other pages (CVE-2026-49871, CVE-2024-43787)',
    rule: 'Cardea has no login and sets no cookie. The administration takes no POST from a page that the browser has not asked about first.',
  },
  {
    id: 'upgrades',
    title: 'CONNECT, `Upgrade: h2c` (CVE-2026-71324)',
    rule: 'Only WebSocket upgrades go on, as GET and behind the route’s policies; CONNECT is refused by workerd.',
    elsewhere: [['test/hostile/connections.ts', 'byte for byte, in both directions']],
  },
  {
    id: 'ssrf-by-path',
    title: 'a path that becomes a host (CVE-2022-35949)',
    rule: 'Origin and base path are fixed text and end before the first slash of the path; redirects are not followed.',
    elsewhere: [['src/handlers/redirect/redirect.test.ts', 'host']],
  },
  {
    id: 'crlf',
    title: 'line breaks in fields, URLs and logs (CVE-2022-35948)',
    rule: 'Controls are percent-encoded where values are inserted; log lines are JSON.',
  },
  {
    id: 'secrets-leaked',
    title: 'credentials passed to those who do not need them, or logged (CVE-2026-41181)',
    rule: 'Checked credentials stay here unless `forward` says otherwise; logs hold no query, body or credential.',
    elsewhere: [
      ['src/policies/access-log/access-log.test.ts', 'and no credential'],
      ['test/hostile/hostile.test.ts', 'never wrote a secret'],
    ],
  },
  {
    id: 'regular-expressions',
    title: 'patterns that take for ever (CVE-2024-45296)',
    rule: 'Routes are a trie; patterns of schemas are measured when they are compiled.',
    elsewhere: [['scripts/schema/pattern/cost.test.ts', '']],
  },
  {
    id: 'prototypes',
    title: '`__proto__` as a name (CVE-2026-56763)',
    rule: 'What is keyed by input has no prototype.',
    elsewhere: [['scripts/schema/hostile.test.ts', '__proto__']],
  },
  {
    id: 'floods',
    title: 'HTTP/2 resets, floods of fields (CVE-2023-44487)',
    rule: 'The platform’s: Cloudflare’s edge, and on one’s own machine workerd, which speaks HTTP/1.1 only and takes 256 KiB of fields; put a proxy with limits in front.',
  },
  {
    id: 'sandbox',
    title: 'scripts of users reading secrets (CVE-2026-22771)',
    rule: '',
    notHere:
      'Policies of one’s own are part of the config, which is trusted; there is no other code.',
  },
  {
    id: 'store-keys',
    title: 'a request’s text used as a key of a store (CVE-2026-24473)',
    rule: 'Stores are asked by hashes and by names that were checked.',
  },
  {
    id: 'prefix-scope',
    title: 'a mount’s prefix and its guards not covering the same (CVE-2026-126357)',
    rule: 'A mounted handler is a route like any other, guarded as a whole, and the most concrete path wins, whichever methods it takes.',
  },
  {
    id: 'same-headers',
    title: 'who decides and who serves seeing other headers (AWS API Gateway, 2023)',
    rule: 'Policies read what arrived; what goes upstream is one copy of it, changed in the open.',
  },
  {
    id: 'tenant-by-host',
    title: 'the tenant chosen by Host (CVE-2025-66390)',
    rule: 'Host chooses nothing. The upstream is told its own, and the one asked for in `X-Forwarded-Host`.',
  },
  {
    id: 'bad-upstream',
    title: 'answers that are none: interim, unasked-for, or of no status',
    rule: '502, and the connection is not used again.',
    elsewhere: [['test/faults/upstream.test.ts', 'with half an answer']],
  },
]
