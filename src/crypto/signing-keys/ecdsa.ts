/**
 * The two ways to write a P-256 signature. Node signs and verifies in DER; JWS has R and S one after the other
 * (RFC 7518 §3.4). It can be told so (`dsaEncoding`), but then reads the whole key anew each time: 37 µs instead of 18
 * to sign, 62 instead of 45 to verify.
 */
const HALF = 32
const INTEGER = 0x02
const SEQUENCE = 0x30

/** Out of DER (RFC 3279 §2.2.3): R and S, each in 32 bytes. */
export function concatenate(der: Buffer): Buffer {
  const signature = Buffer.alloc(2 * HALF)
  // SEQUENCE and its length, then twice INTEGER, length, value: of P-256 none is longer than 127 bytes.
  let at = 2
  for (const end of [HALF, 2 * HALF]) {
    const length = der.readUInt8(at + 1)
    const value = der.subarray(at + 2, at + 2 + length)
    // A leading zero says that the number is not negative; fewer bytes than 32 are a small number.
    const digits = value.subarray(Math.max(0, length - HALF))
    digits.copy(signature, end - digits.length)
    at += 2 + length
  }
  return signature
}

/** Into DER. @param signature of 64 bytes; of zeros it stays a signature, of nobody */
export function toDer(signature: Buffer): Buffer {
  const [r, s] = [integer(signature.subarray(0, HALF)), integer(signature.subarray(HALF))]
  return Buffer.concat([Buffer.of(SEQUENCE, r.length + s.length), r, s])
}

/** X.690 §8.3: as few bytes as there can be, the first of them below 128. */
function integer(half: Buffer): Buffer {
  let first = 0
  while (first < HALF - 1 && half.readUInt8(first) === 0) first += 1
  const digits = half.subarray(first)
  const sign = digits.readUInt8(0) < 0x80 ? [] : [0]
  return Buffer.concat([Buffer.of(INTEGER, digits.length + sign.length, ...sign), digits])
}
