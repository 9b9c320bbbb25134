/** Where the service is: its root, which a proxy or a host may have put anywhere. The page's `<base>` tells. */

export const ROOT = new URL(".", document.baseURI);

/** Return the address of the sign-in page that leads back to `path`, a path of this origin. */
export function signInUrl(path: string): string {
  return new URL(`login?next=${encodeURIComponent(path)}`, ROOT).href;
}
