/** New passwords. */

import type { Parameter } from "../api/types.js";

/* Without characters that look alike, and none that a shell, a URL or an SQL string would read as something else. */
const ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 20;

/** Return a new password. `randomBytes` fills an array with random bytes. */
export function generateSecret(randomBytes: (bytes: Uint8Array<ArrayBuffer>) => void, parameter?: Parameter): string {
  const length = Math.min(Math.max(LENGTH, parameter?.min_length ?? 0), parameter?.max_length ?? Number.POSITIVE_INFINITY);
  // Bytes above the last whole multiple would favour the first letters.
  const limit = 256 - (256 % ALPHABET.length);
  let secret = "";
  const bytes = new Uint8Array(64);
  while (secret.length < length) {
    randomBytes(bytes);
    for (const byte of bytes) {
      if (byte < limit && secret.length < length) secret += ALPHABET[byte % ALPHABET.length];
    }
  }
  return secret;
}
