const MOST_LENGTH = 254
/**
 * What mail servers take in practice (HTML, "valid e-mail address"), which is less than RFC 5322 allows: one "@", no
 * comma, no comment, no quoted part. Lists and second addresses have led codes to strangers (CVE-2022-35924).
 */
const FORM =
  /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/i

/** One e-mail address, without the spaces around it; undefined for what is none. */
export function parseEmail(text: string): string | undefined {
  const email = text.trim()
  return email.length <= MOST_LENGTH && FORM.test(email) ? email : undefined
}
